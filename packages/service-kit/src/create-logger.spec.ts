import { Writable } from 'node:stream';
import { describe, expect, it } from '@jest/globals';
import { newCorrelationId, runWithCorrelationId } from './correlation.ts';
import { createLogger } from './create-logger.ts';
import type { LoggerOptions } from './create-logger.ts';
import { createMemoryLogger } from './memory-logger.ts';

function capture(options: Partial<LoggerOptions> = {}) {
  const lines: string[] = [];
  const destination = new Writable({
    write(chunk: Buffer, _encoding, done) {
      lines.push(chunk.toString());
      done();
    },
  });
  return { lines, logger: createLogger({ level: 'info', format: 'json', name: 'manager', destination, ...options }) };
}

describe('createLogger', () => {
  it('writes one JSON object a line', () => {
    const { logger, lines } = capture();
    logger.info('provider connected', { provider: 'default/lab', attempts: 2 });
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatch(/\n$/);
    expect(JSON.parse(lines[0] ?? '')).toEqual({
      time: expect.stringMatching(/^\d{4}-.*Z$/),
      level: 'info',
      logger: 'manager',
      message: 'provider connected',
      provider: 'default/lab',
      attempts: 2,
    });
  });

  it('does not even look at the fields of a line that it drops', () => {
    const looked: string[] = [];
    const fields = {
      get costly() {
        looked.push('looked');
        return 1;
      },
    };
    const { logger } = capture();
    logger.child({ a: 1 }).debug('a', fields);
    expect(looked).toEqual([]);
    logger.info('b', fields);
    expect(looked.length).toBeGreaterThan(0);
  });

  it('drops what is below its level', () => {
    const { logger, lines } = capture({ level: 'warn' });
    logger.debug('a');
    logger.info('b');
    logger.warn('c');
    logger.error('d');
    expect(lines.map((line) => (JSON.parse(line) as { message: string }).message)).toEqual(['c', 'd']);
  });

  it('gives each line the fields of its logger, and lets the line win', () => {
    const { logger, lines } = capture();
    logger.child({ provider: 'a', vm: 'x' }).child({ vm: 'y' }).info('m', { step: 'Create' });
    expect(JSON.parse(lines[0] ?? '')).toMatchObject({ provider: 'a', vm: 'y', step: 'Create' });
  });

  it('carries the correlation id through asynchronous work and into nobody else’s', async () => {
    const { logger, lines } = capture();
    const work = async (vm: string) => {
      await Promise.resolve();
      logger.info('m', { vm });
    };
    await Promise.all([runWithCorrelationId('one', () => work('a')), runWithCorrelationId('two', () => work('b'))]);
    logger.info('m', { vm: 'c' });
    const seen = lines.map((line) => JSON.parse(line) as { vm: string; correlationId?: string });
    expect(seen.map(({ vm, correlationId }) => [vm, correlationId])).toEqual([
      ['a', 'one'],
      ['b', 'two'],
      ['c', undefined],
    ]);
  });

  it('does not let a caller write into our lines by its correlation id', () => {
    const { logger, lines } = capture({ format: 'text' });
    runWithCorrelationId('x\n2026 ERROR forged', () => logger.info('m'));
    expect(lines.join('')).not.toContain('forged');
    expect(lines.join('')).toMatch(/correlationId=[0-9a-f]{16}\n$/);
  });

  it('keeps a field that is named like a part of the line', () => {
    const { logger, lines } = capture();
    logger.info('m', { level: 'high', message: 'other' });
    expect(JSON.parse(lines[0] ?? '')).toMatchObject({
      level: 'info',
      message: 'm',
      'field.level': 'high',
      'field.message': 'other',
    });
  });

  it('writes text for a person, one line whatever the values hold', () => {
    const { logger, lines } = capture({ format: 'text' });
    logger.warn('could not connect', { why: 'line one\nline two', host: 'a' });
    expect(lines.join('').trimEnd().split('\n')).toHaveLength(1);
    expect(lines[0]).toMatch(/ WARN {2}manager could not connect why="line one\\nline two" host=a\n$/);
  });

  it.each(['json', 'text'] as const)('P44 lets no secret through as %s', (format) => {
    const canary = 'canary-51c0de';
    const { logger, lines } = capture({ format });
    logger.child({ credentials: { a: canary } }).error(`password=${canary}`, {
      error: new Error(`x://u:${canary}@h`),
      userData: canary,
      body: Buffer.from(canary),
    });
    expect(lines).toHaveLength(1);
    expect(lines.join('')).not.toContain(canary);
  });
});

describe('createMemoryLogger', () => {
  it('keeps redacted lines, its children’s too', () => {
    const logger = createMemoryLogger();
    logger.child({ a: 1 }).debug('m', { password: 'x' });
    expect(logger.entries).toEqual([{ level: 'debug', message: 'm', fields: { a: 1, password: '[redacted]' } }]);
  });
});

describe('newCorrelationId', () => {
  it('does not repeat', () => {
    expect(new Set(Array.from({ length: 1000 }, newCorrelationId)).size).toBe(1000);
  });
});
