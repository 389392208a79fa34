import { describe, expect, it } from '@jest/globals';
import { Capability } from '@virtrigaud/grpc-contract/client';
import { checkGroups, groupOf } from '../check.ts';
import { allChecks } from './registry.ts';

describe('the registry', () => {
  it('has each id once, and checks in every group', () => {
    const ids = allChecks.map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
    expect([...new Set(allChecks.map(groupOf))]).toEqual([...checkGroups]);
    expect(ids.length).toBeGreaterThanOrEqual(40);
  });
  it.each(allChecks.map((check) => [check.id, check] as const))('%s says what it proves', (_id, check) => {
    expect(check.title).not.toMatch(/^[A-Z]\d|\.$/);
    expect(check.proves).toMatch(/\.$/);
    expect(check.capability === undefined || check.capability in Capability).toBe(true);
  });
});
