import { describe, expect, it } from '@jest/globals';
import { allChecks, groupOf, runConformance, type Check } from '@virtrigaud/conformance';
import mockProvider, { openMockHypervisor } from '@virtrigaud/provider-mock';
import { withServedProvider } from '@virtrigaud/provider-sdk/testing';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LabCloud } from './fixtures/memory-lab.ts';
import { mockBackdoor, mockImage, mockKnobs, mockNetwork } from './fixtures/mock-lab.ts';
import { profileOf } from './fixtures/profile-of.ts';
import { allMutants } from './mutants/all-mutants.ts';
import type { Mutant } from './mutants/mutant.ts';
import { pitfalls } from './mutants/pitfalls.ts';

const settleSeconds = 8;
const [onExample, onMock] = [
  profileOf({ settleSeconds }),
  profileOf({ settleSeconds, image: mockImage, network: mockNetwork }),
];

/** What the checks say of an honest provider as the mutant changes it. */
async function outcomes(mutant: Mutant, checks: readonly Check[]): Promise<ReadonlyMap<string, string>> {
  const cloud = new LabCloud();
  const directory = await mkdtemp(join(tmpdir(), 'virtrigaud-mutant-'));
  const [provider, profile, options] =
    mutant.on === 'mock'
      ? [mockProvider, onMock, { endpoint: `mock://${directory}` }]
      : [cloud.provider, onExample, { credentials: cloud.credentials }];
  try {
    const hypervisor = await openMockHypervisor(directory);
    await hypervisor.setKnobs(mockKnobs);
    return await withServedProvider(provider, options, async ({ client: honest }) => {
      const client = { ...honest, ...mutant.wrap(honest, cloud) };
      const backdoor = mutant.on === 'mock' ? mockBackdoor(hypervisor) : cloud.backdoor;
      const report = await runConformance({ client, profile, backdoor, checks });
      return new Map(report.checks.map((check) => [check.id, check.outcome]));
    });
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

const rows = allMutants.map((mutant) => {
  const { breaks, that, spares } = mutant;
  return [`${pitfalls[breaks] ?? 'P73'} ${breaks}`, that, spares, mutant] as const;
});

describe('P73 every check finds a provider that breaks its promise', () => {
  it('has a mutant for each check', () => {
    const broken = new Set(allMutants.map(({ breaks }) => breaks));
    expect(allChecks.map(({ id }) => id).filter((id) => !broken.has(id))).toEqual([]);
  });

  // Most of the time they wait: for what a mutant never says.
  it.concurrent.each(rows)(
    '%s finds a provider that %s, and the checks of %s do not mind',
    async (_name, _that, spares, mutant) => {
      const { breaks } = mutant;
      const checks = allChecks.filter((check) => check.id === breaks || groupOf(check) === spares);
      const result = await outcomes(mutant, checks);
      const unrelated = [...result].filter(([id]) => id !== breaks);
      expect(result.get(breaks)).toBe('failed');
      expect(unrelated.length).toBeGreaterThan(5);
      expect(unrelated.filter(([, outcome]) => outcome !== 'passed')).toEqual([]);
    },
  );
});
