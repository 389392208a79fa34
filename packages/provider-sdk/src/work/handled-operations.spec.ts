import { describe, expect, it } from '@jest/globals';
import { hypervisorUnreachable, restartRequired } from '../provider-error.ts';
import { HandledOperations } from './handled-operations.ts';

function operations() {
  let now = 0;
  let effects = 0;
  const handled = new HandledOperations(() => now);
  const once = (error?: Error, key = 'vm/op') =>
    handled
      .once(key, async () => {
        effects += 1;
        if (error) throw error;
      })
      .catch(() => undefined);
  return {
    once,
    effects: () => effects,
    pass: (ms: number) => {
      now += ms;
    },
  };
}

describe('HandledOperations', () => {
  it.each([
    { because: 'it worked', error: undefined, effects: 1 },
    { because: 'it may have worked', error: new Error('socket hang up'), effects: 1 },
    { because: 'a lost connection tells nothing', error: hypervisorUnreachable('reset'), effects: 1 },
    { because: 'it is known not to have happened', error: restartRequired(['x']), effects: 2 },
  ])('has $effects effect(s) of the same operation asked for twice, since $because', async ({ error, effects }) => {
    const asked = operations();
    await asked.once(error);
    await asked.once(error);
    expect(asked.effects()).toBe(effects);
  });

  it('remembers for an hour, each key by itself', async () => {
    const asked = operations();
    await asked.once();
    await asked.once(undefined, 'vm/other');
    asked.pass(3_600_000);
    await asked.once();
    expect(asked.effects()).toBe(2);
    asked.pass(1);
    await asked.once();
    expect(asked.effects()).toBe(3);
  });
});
