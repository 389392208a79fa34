import { afterEach, describe, expect, it } from '@jest/globals';
import type { ContractError } from '@virtrigaud/grpc-contract/client';
import { Code, Reason } from '@virtrigaud/grpc-contract/client';
import { contractError } from '../testing/scripted-provider.ts';
import { VirtualClock } from '../testing/virtual-clock.ts';
import { Breaker, BreakerOpenError, type BreakerState } from './breaker.ts';

describe('Breaker', () => {
  const states: BreakerState[] = [];
  const breakers: Breaker[] = [];
  const settings = { windowMs: 60_000, minCalls: 20, failureShare: 0.5, minSubjects: 3, openMs: 20 };

  afterEach(() => {
    for (const breaker of breakers.splice(0)) breaker.close();
    states.length = 0;
  });

  function breakerWith(probe: () => Promise<unknown> = async () => undefined): Breaker {
    const breaker = new Breaker({ settings, clock: new VirtualClock(), probe, onState: (state) => states.push(state) });
    breakers.push(breaker);
    return breaker;
  }

  const fail = (breaker: Breaker, subject: string, error: ContractError) =>
    breaker.run(subject, () => Promise.reject(error)).catch((caught: unknown) => caught);

  async function failures(breaker: Breaker, error: ContractError, subjects = 4): Promise<void> {
    for (let call = 0; call < 20; call += 1) await fail(breaker, `vm-${String(call % subjects)}`, error);
  }

  it.each([
    contractError(Code.INVALID_ARGUMENT, Reason.InvalidField),
    contractError(Code.ALREADY_EXISTS, Reason.NameTaken),
    contractError(Code.UNAVAILABLE, Reason.ProviderStopping),
    contractError(Code.CANCELLED),
  ])('P51 20 times %s: closed, since it says nothing of the way to the hypervisor', async (error) => {
    const breaker = breakerWith();
    await failures(breaker, error);
    expect(breaker.state).toBe('closed');
  });

  it.each([contractError(Code.UNAVAILABLE, Reason.HypervisorUnreachable), contractError(Code.DEADLINE_EXCEEDED)])(
    'P51 20 times %s, of four VMs: open, and nothing more is sent',
    async (error) => {
      const breaker = breakerWith(() => new Promise(() => undefined));
      await failures(breaker, error);
      expect(breaker.state).toBe('open');
      let sent = 0;
      const late = breaker.run('vm-9', async () => (sent += 1));
      await expect(late).rejects.toBeInstanceOf(BreakerOpenError);
      expect(sent).toBe(0);
    },
  );

  it('one broken VM opens nothing', async () => {
    const breaker = breakerWith();
    await failures(breaker, contractError(Code.DEADLINE_EXCEEDED), 2);
    expect(breaker.state).toBe('closed');
  });

  it('fewer than half opens nothing', async () => {
    const breaker = breakerWith();
    for (let call = 0; call < 25; call += 1) await breaker.run('ok', async () => 1);
    await failures(breaker, contractError(Code.DEADLINE_EXCEEDED));
    expect(breaker.state).toBe('closed');
  });

  it('asks whether the hypervisor is back, and closes when it is', async () => {
    const closed = Promise.withResolvers<void>();
    const breaker = new Breaker({
      settings,
      clock: new VirtualClock(),
      probe: async () => undefined,
      onState: (state) => {
        states.push(state);
        if (state === 'closed') closed.resolve();
      },
    });
    breakers.push(breaker);
    await failures(breaker, contractError(Code.DEADLINE_EXCEEDED));
    await closed.promise;
    expect(await breaker.run('vm-1', async () => 1)).toBe(1);
    expect(states).toEqual(['open', 'half-open', 'closed']);
  });
});
