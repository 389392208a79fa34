import { describe, expect, it } from '@jest/globals';
import { Capability, GetProviderInfoResponse } from '@virtrigaud/grpc-contract/client';
import { initialLinkState, type LinkState } from './connection-state.ts';
import { mergeLinks } from './merge-links.ts';

const { SNAPSHOT, SUSPEND, ADOPT } = Capability;

function link(
  instanceId: string,
  change: Partial<LinkState> = {},
  capabilities: readonly Capability[] = [],
): LinkState {
  return {
    reach: { kind: 'Connected', sinceMs: 10 },
    agreement: { kind: 'Compatible', revision: 1 },
    info: GetProviderInfoResponse.fromPartial({ instanceId, capabilities: [...capabilities] }),
    health: { kind: 'Serving', sinceMs: 10 },
    ...change,
  };
}

const lost = (id: string) => link(id, { reach: { kind: 'Unreachable', why: `${id} is gone`, sinceMs: 5 } });
const merged = (...links: readonly LinkState[]) => mergeLinks(links, initialLinkState);

describe('mergeLinks', () => {
  it('can do what all that are there can do', () => {
    const all = merged(link('b', {}, [SNAPSHOT, SUSPEND]), link('a', {}, [SUSPEND, ADOPT]), lost('c'));
    expect(all.info).toMatchObject({ capabilities: [SUSPEND], instanceId: 'a+b' });
  });

  it.each([
    { because: 'one is enough', links: [link('a'), lost('b')], reach: 'Connected', health: 'Serving' },
    { because: 'none is there', links: [lost('a'), lost('b')], reach: 'Unreachable', health: 'Unknown' },
    { because: 'one may still come', links: [lost('a'), initialLinkState], reach: 'Connecting', health: 'Unknown' },
    {
      because: 'one sees the hypervisor',
      links: [link('a', { health: { kind: 'NotServing', sinceMs: 1 } }), link('b')],
      reach: 'Connected',
      health: 'Serving',
    },
    {
      because: 'none sees it',
      links: [link('a', { health: { kind: 'NotServing', sinceMs: 1 } }), link('b', { health: { kind: 'Unknown' } })],
      reach: 'Connected',
      health: 'NotServing',
    },
  ])('is $reach and $health: $because', ({ links, reach, health }) => {
    const all = merged(...links);
    expect([all.reach.kind, all.health.kind]).toEqual([reach, health]);
  });

  it('keeps what was last known of what nobody says now', () => {
    const before = link('a', {}, [SUSPEND]);
    expect(mergeLinks([], before)).toMatchObject({ info: before.info, agreement: before.agreement });
    expect(mergeLinks([initialLinkState], before)).toMatchObject({ info: before.info, agreement: before.agreement });
  });

  it.each([
    { because: 'they agree', ids: ['x', 'x'], expected: 'x' },
    { because: 'it is neither of two', ids: ['x', 'y'], expected: '' },
    { because: 'one does not say', ids: ['x', ''], expected: 'x' },
    { because: 'the other does not say', ids: ['', 'x'], expected: 'x' },
    { because: 'none says', ids: ['', ''], expected: '' },
  ])('is at hypervisor "$expected": $because', ({ ids, expected }) => {
    const links = ids.map((hypervisorId) => link('a', { info: GetProviderInfoResponse.fromPartial({ hypervisorId }) }));
    expect(merged(...links).info?.hypervisorId).toBe(expected);
  });

  it('says why none can be used: another contract', () => {
    const old = link('a', { agreement: { kind: 'Incompatible', why: 'it is old' } });
    expect(merged(old).agreement).toEqual({ kind: 'Incompatible', why: 'it is old' });
  });
});
