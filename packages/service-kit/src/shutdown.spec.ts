import { EventEmitter, once } from 'node:events';
import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { createMemoryLogger } from './memory-logger.ts';
import { createShutdown, ExitCode } from './shutdown.ts';

function begin(graceMs = 10_000) {
  const signals = new EventEmitter();
  const logger = createMemoryLogger();
  return { signals, logger, shutdown: createShutdown({ graceMs, logger, signals }) };
}

describe('createShutdown', () => {
  afterEach(() => void jest.useRealTimers());

  it.each(['SIGTERM', 'SIGINT'])('aborts on %s and closes what was built last first', async (signal) => {
    const { signals, shutdown } = begin();
    const closed: string[] = [];
    shutdown.onClose('store', async () => closed.push('store'));
    shutdown.onClose('server', async () => {
      await Promise.resolve();
      closed.push('server');
    });
    signals.emit(signal);
    expect(shutdown.signal.aborted).toBe(true);
    expect(await shutdown.exitCode).toBe(ExitCode.Drained);
    expect(closed).toEqual(['server', 'store']);
    expect(signals.listenerCount(signal)).toBe(0);
  });

  it('goes on closing after one that fails, and says so by its code', async () => {
    const { logger, shutdown } = begin();
    const closed: string[] = [];
    shutdown.onClose('first', () => closed.push('first'));
    shutdown.onClose('broken', () => Promise.reject(new Error('stuck')));
    shutdown.begin('test');
    expect(await shutdown.exitCode).toBe(ExitCode.Forced);
    expect(closed).toEqual(['first']);
    expect(logger.entries).toContainEqual(expect.objectContaining({ level: 'error', message: 'could not close' }));
  });

  it('leaves what is still open when the grace is over, and names it', async () => {
    jest.useFakeTimers();
    const { logger, shutdown } = begin(500);
    shutdown.onClose('stuck', () => new Promise(() => undefined));
    shutdown.begin('test');
    await jest.advanceTimersByTimeAsync(499);
    expect(logger.entries.map(({ level }) => level)).not.toContain('error');
    await jest.advanceTimersByTimeAsync(1);
    expect(await shutdown.exitCode).toBe(ExitCode.Forced);
    expect(logger.entries.at(-1)).toMatchObject({ level: 'error', fields: { open: ['stuck'] } });
  });

  it('leaves at once when a person asks a second time', async () => {
    const { signals, shutdown } = begin();
    shutdown.onClose('stuck', () => new Promise(() => undefined));
    signals.emit('SIGINT');
    signals.emit('SIGINT');
    expect(await shutdown.exitCode).toBe(ExitCode.Forced);
  });

  it('closes what is added while it stops', async () => {
    const { shutdown } = begin();
    const closed: string[] = [];
    shutdown.onClose('outer', async () => {
      shutdown.onClose('late', () => closed.push('late'));
      closed.push('outer');
    });
    shutdown.begin('test');
    expect(await shutdown.exitCode).toBe(ExitCode.Drained);
    expect(closed).toEqual(['outer', 'late']);
  });

  it('wakes what waits on its signal', async () => {
    const { shutdown } = begin();
    const woken = once(shutdown.signal, 'abort');
    shutdown.begin('because');
    await woken;
    expect(shutdown.signal.reason).toMatchObject({ message: 'because' });
  });
});
