import { describe, expect, it } from '@jest/globals';
import { GetProviderInfoResponse, ReplicaMode, type ProviderClient } from '@virtrigaud/grpc-contract/client';
import { initialLinkState, type LinkState } from './connection-state.ts';
import { InstanceRoute, type KnownInstance } from './instance-route.ts';

const subjects = Array.from({ length: 50 }, (_, index) => `vm-${String(index)}`);

function state(change: Partial<LinkState> = {}, replicaMode: ReplicaMode = ReplicaMode.ACTIVE_ACTIVE): LinkState {
  return {
    reach: { kind: 'Connected', sinceMs: 1 },
    agreement: { kind: 'Compatible', revision: 1 },
    info: GetProviderInfoResponse.fromPartial({ replicaMode }),
    health: { kind: 'Serving', sinceMs: 1 },
    ...change,
  };
}

function instance(name: string, of: LinkState): KnownInstance {
  return {
    name,
    state: of,
    client: {} as ProviderClient,
    gone: new AbortController().signal,
    begin: () => () => undefined,
  };
}

const lost = state({ reach: { kind: 'Unreachable', why: 'gone', sinceMs: 1 } });
const blind = state({ health: { kind: 'NotServing', sinceMs: 1 } });
const at = (hypervisorId: string, of = state()) => ({
  ...of,
  info: GetProviderInfoResponse.fromPartial({ replicaMode: ReplicaMode.ACTIVE_ACTIVE, hypervisorId }),
});
const chosen = (route: InstanceRoute) => new Set(subjects.map((subject) => route.pick(subject)?.name));

describe('InstanceRoute, where all work', () => {
  it.each([
    { because: 'all are good', states: [state(), state()], expected: ['0', '1'] },
    { because: 'one does not answer', states: [state(), lost], expected: ['0'] },
    { because: 'one does not see the hypervisor', states: [blind, state()], expected: ['1'] },
    { because: 'none sees it, and they are still asked', states: [blind, blind], expected: ['0', '1'] },
    { because: 'one was not heard of yet', states: [state(), initialLinkState], expected: ['0'] },
    {
      because: 'one speaks another contract',
      states: [state({ agreement: { kind: 'Incompatible', why: 'old' } }), state()],
      expected: ['1'],
    },
    { because: 'none answers', states: [lost, lost], expected: [undefined] },
    { because: 'they are at different hypervisors', states: [at('x'), at('y')], expected: [undefined] },
    { because: 'the one that is elsewhere does not answer', states: [at('x'), at('y', lost)], expected: ['0'] },
    { because: 'one does not say where it is', states: [at('x'), state()], expected: ['0', '1'] },
  ])('goes to $expected: $because', ({ states, expected }) => {
    const all = states.map((each, index) => instance(String(index), each));
    expect([...chosen(new InstanceRoute(() => all))].sort()).toEqual(expected);
  });

  it('P53 a machine keeps its instance, and goes to another only when that has just failed', () => {
    const all = [instance('0', state()), instance('1', state())];
    const route = new InstanceRoute(() => all);
    const first = route.pick('vm-1');
    expect(route.pick('vm-1')).toBe(first);
    expect(route.pick('vm-1', new Set([first!]))).not.toBe(first);
    expect(route.pick('vm-1', new Set(all))).toBe(first);
  });
});

describe('InstanceRoute, where one stands by', () => {
  const standby = (change: Partial<LinkState> = {}) => state(change, ReplicaMode.ACTIVE_STANDBY);

  it('sends all to one, and stays with it when another comes back', () => {
    let all = [instance('0', standby(lost)), instance('1', standby())];
    const route = new InstanceRoute(() => all);
    expect([...chosen(route)]).toEqual(['1']);
    all = [instance('0', standby()), all[1]!];
    expect([...chosen(route)]).toEqual(['1']);
    all = [all[0]!];
    expect([...chosen(route)]).toEqual(['0']);
  });

  it('one that failed once is not left for another as long as it answers', () => {
    const all = [instance('0', standby()), instance('1', standby())];
    const route = new InstanceRoute(() => all);
    const active = route.pick('vm-1');
    expect(route.pick('vm-1', new Set([active!]))).toBe(active);
  });
});

describe('InstanceRoute.knowers', () => {
  it('takes nobody’s word that a task is unknown where they are at different hypervisors', () => {
    const all = [instance('0', at('x')), instance('1', at('y'))];
    expect(new InstanceRoute(() => all).knowers('vm-1')).toEqual({ instances: [], silent: ['0', '1'] });
  });

  it('P52 counts one that leaves as silent, for as long as it may still be at something', () => {
    const all = [instance('0', state())];
    let leaving = ['0'];
    const route = new InstanceRoute(
      () => all,
      () => leaving,
    );
    expect(route.knowers('vm-1')).toEqual({ instances: all, silent: ['0 (leaving)'] });
    leaving = [];
    expect(route.knowers('vm-1')).toEqual({ instances: all, silent: [] });
  });

  it('names the likeliest first, then the others, and who is silent', () => {
    const all = [instance('0', state()), instance('1', lost), instance('2', state())];
    const route = new InstanceRoute(() => all);
    const { instances, silent } = route.knowers('vm-1');
    expect(instances[0]).toBe(route.pick('vm-1'));
    expect(instances.map(({ name }) => name).sort()).toEqual(['0', '2']);
    expect(silent).toEqual(['1']);
  });
});
