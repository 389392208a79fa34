import { afterEach, describe, expect, it } from '@jest/globals';
import { Reason } from '@virtrigaud/grpc-contract/server';
import { createMemoryLogger } from '@virtrigaud/service-kit';
import { credentialsRejected, type ProviderError } from '../provider-error.ts';
import { SessionKeeper } from './session-keeper.ts';

/** One attempt to connect, in the hands of the test. */
interface Attempt {
  readonly lost: (error: unknown) => void;
  readonly open: (session: string) => void;
  readonly refuse: (error: Error) => void;
}

const stops: AbortController[] = [];
afterEach(() => {
  for (const stop of stops.splice(0)) stop.abort();
});

function aKeeper({ connectTimeoutMs = 30_000 } = {}) {
  const attempts: Attempt[] = [];
  const closed: string[] = [];
  const stop = new AbortController();
  stops.push(stop);
  const logger = createMemoryLogger();
  const keeper = new SessionKeeper<string>({
    connect: (_signal, lost) => {
      const opening = Promise.withResolvers<string>();
      attempts.push({ lost, open: opening.resolve, refuse: opening.reject });
      return opening.promise;
    },
    disconnect: async (session) => {
      closed.push(session);
    },
    logger,
    signal: stop.signal,
    connectTimeoutMs,
    reconnect: { firstMs: 1, mostMs: 2 },
    closeTimeoutMs: 50,
  });
  return { keeper, attempts, closed, stop, logger, ran: keeper.run() };
}

const used = (keeper: SessionKeeper<string>) => keeper.use(async (session) => session);
const settled = async () => {
  for (let turn = 0; turn < 20; turn += 1) await Promise.resolve();
};
async function attemptNumber(attempts: readonly Attempt[], number: number): Promise<Attempt> {
  const deadline = Date.now() + 5_000;
  for (;;) {
    const attempt = attempts[number - 1];
    if (attempt) return attempt;
    if (Date.now() > deadline) throw new Error(`attempt ${String(number)} was never made`);
    await new Promise((resolve) => {
      setImmediate(resolve);
    });
  }
}
const failureOf = (call: Promise<unknown>) =>
  call.then(
    () => undefined,
    (error: unknown) => error as ProviderError,
  );

describe('SessionKeeper', () => {
  it('makes one session for all who wait', async () => {
    const { keeper, attempts } = aKeeper();
    const waiting = [used(keeper), used(keeper), used(keeper)];
    attempts[0]?.open('first');
    expect(await Promise.all(waiting)).toEqual(['first', 'first', 'first']);
    expect(attempts).toHaveLength(1);
  });

  it('P42 keeps a replaced session open until what a call began with it is over', async () => {
    const { keeper, attempts, closed } = aKeeper();
    attempts[0]?.open('first');
    const task = Promise.withResolvers<undefined>();
    await keeper.use(async (_session, keepOpen) => {
      keepOpen(task.promise);
    });
    const replaced = keeper.replace();
    attempts[1]?.open('second');
    await replaced;
    expect({ inUse: await used(keeper), closed }).toEqual({ inUse: 'second', closed: [] });
    task.resolve(undefined);
    await settled();
    expect(closed).toEqual(['first']);
  });

  it('P42 uses the last of two quick rotations, and closes what was made with the one between', async () => {
    const { keeper, attempts, closed } = aKeeper();
    attempts[0]?.open('first');
    await used(keeper);
    const between = keeper.replace();
    const last = keeper.replace();
    attempts[1]?.open('between');
    (await attemptNumber(attempts, 3)).open('last');
    await Promise.all([between, last]);
    expect({ inUse: await used(keeper), closed: closed.sort() }).toEqual({
      inUse: 'last',
      closed: ['between', 'first'],
    });
  });

  it('P42 serves with the working session while new credentials are tried', async () => {
    const { keeper, attempts } = aKeeper();
    attempts[0]?.open('first');
    await used(keeper);
    const replaced = keeper.replace();
    expect({ inUse: await used(keeper), failure: keeper.failure }).toEqual({ inUse: 'first', failure: undefined });
    attempts[1]?.open('second');
    await replaced;
  });

  it('P42 tries new credentials again when they did not work at once, while the old session serves', async () => {
    const { keeper, attempts, closed } = aKeeper();
    attempts[0]?.open('first');
    await used(keeper);
    const replaced = keeper.replace();
    attempts[1]?.refuse(new Error('not known yet'));
    expect((await failureOf(replaced))?.reason).toBe(Reason.HypervisorUnreachable);
    expect(await used(keeper)).toBe('first');
    (await attemptNumber(attempts, 3)).open('second');
    await settled();
    expect({ inUse: await used(keeper), closed }).toEqual({ inUse: 'second', closed: ['first'] });
  });

  it('does not put a session back that broke while its replacement failed', async () => {
    const { keeper, attempts } = aKeeper();
    attempts[0]?.open('first');
    await used(keeper);
    const replaced = keeper.replace();
    attempts[0]?.lost(new Error('socket closed'));
    attempts[1]?.refuse(new Error('no'));
    await failureOf(replaced);
    (await attemptNumber(attempts, 3)).open('third');
    await settled();
    expect(await used(keeper)).toBe('third');
  });

  it('takes note of a session that breaks before it was handed over', async () => {
    const { keeper, attempts, closed } = aKeeper();
    attempts[0]?.lost(new Error('gone already'));
    attempts[0]?.open('first');
    (await attemptNumber(attempts, 2)).open('second');
    await settled();
    expect({ inUse: await used(keeper), closed }).toEqual({ inUse: 'second', closed: ['first'] });
  });

  it.each([0, 1, 2, 3, 4, 5, 6, 7, 8])(
    'takes note of a session that breaks %i turns after it opened',
    async (turns) => {
      const { keeper, attempts, closed } = aKeeper();
      attempts[0]?.open('first');
      for (let turn = 0; turn < turns; turn += 1) await Promise.resolve();
      attempts[0]?.lost(new Error('gone already'));
      (await attemptNumber(attempts, 2)).open('second');
      await settled();
      expect({ inUse: await used(keeper), closed }).toEqual({ inUse: 'second', closed: ['first'] });
    },
  );

  it('gives an attempt up that ignores its signal, and closes what opens after all', async () => {
    const { attempts, closed, keeper } = aKeeper({ connectTimeoutMs: 20 });
    expect((await failureOf(used(keeper)))?.reason).toBe(Reason.HypervisorUnreachable);
    attempts[0]?.open('late');
    (await attemptNumber(attempts, 2)).open('second');
    await settled();
    expect(closed).toEqual(['late']);
  });

  it('ends although an attempt never does', async () => {
    const { stop, ran } = aKeeper();
    stop.abort();
    await expect(ran).resolves.toBeUndefined();
  });

  it('ends with its session closed', async () => {
    const { keeper, attempts, stop, ran, closed } = aKeeper();
    attempts[0]?.open('first');
    await used(keeper);
    stop.abort();
    await ran;
    expect(closed).toEqual(['first']);
  });

  it('fails calls at once while it waits to connect again, instead of trying for each', async () => {
    const { keeper, attempts } = aKeeper();
    attempts[0]?.refuse(new Error('no route to host'));
    await settled();
    const made = attempts.length;
    const failures = await Promise.all([1, 2, 3].map(() => failureOf(used(keeper))));
    expect(new Set(failures.map((failure) => failure?.reason))).toEqual(new Set([Reason.HypervisorUnreachable]));
    expect(attempts).toHaveLength(made);
  });

  it('P43 tries rejected credentials once, and again as soon as they change', async () => {
    const { keeper, attempts } = aKeeper();
    attempts[0]?.refuse(credentialsRejected('wrong password'));
    await settled();
    expect((await failureOf(used(keeper)))?.reason).toBe(Reason.CredentialsRejected);
    expect(attempts).toHaveLength(1);
    await keeper.replace();
    (await attemptNumber(attempts, 2)).open('second');
    await settled();
    expect(await used(keeper)).toBe('second');
  });

  it('tells of a failed attempt in one short line', async () => {
    const { attempts, logger } = aKeeper();
    attempts[0]?.refuse(new Error('no route to host'));
    (await attemptNumber(attempts, 2)).refuse(new Error('no route to host'));
    await attemptNumber(attempts, 3);
    const lines = logger.entries.filter(({ level }) => level === 'warn');
    expect(lines.map(({ message }) => message)).toEqual([
      'cannot connect to the hypervisor',
      'cannot connect to the hypervisor',
    ]);
    expect(JSON.stringify(lines)).toContain('no route to host');
    expect(JSON.stringify(lines)).not.toContain('session-keeper');
  });
});
