import { X509Certificate } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { createMemoryLogger } from '@virtrigaud/service-kit';
import { VirtualClock } from '../../testing/virtual-clock.ts';
import { RenewedIdentity } from './renewed-identity.ts';
import { RuntimeAuthority } from './runtime-authority.ts';

const hourMs = 3_600_000;
/** Lets what was begun, and takes no time, come to its end: signing is done by other threads. */
const settled = async (isDone: () => boolean) => {
  for (let turn = 0; turn < 20_000; turn += 1) {
    if (isDone()) return;
    await new Promise((resolve) => setImmediate(resolve));
  }
  throw new Error('nothing came of it');
};

async function anIdentity(answers: readonly ('ok' | 'fails')[] = []) {
  const clock = new VirtualClock();
  const logger = createMemoryLogger();
  const published: string[] = [];
  const expiries: number[] = [];
  let attempts = 0;
  const identity = await RenewedIdentity.create({
    authority: await RuntimeAuthority.create(clock.epochMs()),
    name: 'provider-1.test',
    purpose: 'server',
    lifetimeMs: 10 * hourMs,
    clock,
    logger,
    publish: async ({ cert }) => {
      attempts += 1;
      if (answers[attempts - 1] === 'fails') throw new Error('disk full');
      published.push(cert);
    },
    expires: (at) => expiries.push(at.getTime() - clock.epochMs()),
  });
  return { identity, clock, logger, published, expiries, attempts: () => attempts };
}

describe('RuntimeAuthority', () => {
  it('P92 issues certificates of one name and one purpose, which cannot sign', async () => {
    const authority = await RuntimeAuthority.create(Date.now());
    const issued = await authority.issue({ name: 'a.test', purpose: 'server', lifetimeMs: hourMs, nowMs: Date.now() });
    const certificate = new X509Certificate(issued.cert);
    expect(certificate.subjectAltName).toBe('DNS:a.test');
    expect(certificate.keyUsage).toEqual(['1.3.6.1.5.5.7.3.1']);
    expect(certificate.ca).toBe(false);
    expect(certificate.checkIssued(new X509Certificate(issued.ca))).toBe(true);
    expect(new Date(certificate.validTo).getTime() - Date.now()).toBeLessThanOrEqual(hourMs);
  });
});

describe('RenewedIdentity', () => {
  it('is renewed when half of its time is over, and says when it expires', async () => {
    const { identity, clock, published, expiries } = await anIdentity();
    const first = identity.current;
    clock.advance(5 * hourMs - 1);
    expect(published).toHaveLength(1);
    clock.advance(1);
    await settled(() => expiries.length === 2);
    expect(identity.current.cert).not.toBe(first.cert);
    expect(published).toEqual([first.cert, identity.current.cert]);
    expect(expiries).toEqual([10 * hourMs, 10 * hourMs]);
    identity.close();
  });

  it('keeps the last one where a new one cannot be published, and tries again within a minute', async () => {
    const { identity, clock, logger, expiries, attempts } = await anIdentity(['ok', 'fails', 'ok']);
    const first = identity.current;
    clock.advance(5 * hourMs);
    await settled(() => logger.entries.some(({ message }) => message === 'certificate not renewed; tried again'));
    expect(identity.current).toBe(first);
    clock.advance(60_000);
    await settled(() => expiries.length === 2);
    expect(attempts()).toBe(3);
    expect(identity.current).not.toBe(first);
    identity.close();
  });

  it('is not renewed once it is closed', async () => {
    const { identity, clock, published } = await anIdentity();
    identity.close();
    clock.advance(100 * hourMs);
    expect(published).toHaveLength(1);
  });
});
