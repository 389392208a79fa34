import { describe, expect, it } from '@jest/globals';
import { anOwner } from '../testing/index.ts';
import { checkExpiry, Creations } from './expiry.ts';

const owner = { ...anOwner('web'), kind: 'VirtualMachine' as const };
const expired = expect.objectContaining({ reason: 'OPERATION_EXPIRED' });

describe('checkExpiry', () => {
  it('lets pass what is in time, to the millisecond, and what has no limit', () => {
    checkExpiry('Create', { notAfter: new Date(1_000) }, 1_000);
    checkExpiry('Create', { notAfter: undefined }, 1_000);
    expect(() => checkExpiry('Create', { notAfter: new Date(1_000) }, 1_001)).toThrow(expired);
  });
});

describe('Creations', () => {
  const create = { owner, operationId: 'create-1' };

  it('are remembered for as long as they may arrive again, and no longer', () => {
    let now = 0;
    const creations = new Creations(() => now);
    creations.begin('Create', { ...create, notAfter: new Date(10_000) });
    creations.deleted(create);
    now = 10_000;
    expect(() => creations.begin('Create', { ...create, notAfter: new Date(10_000) })).toThrow(expired);
    now = 10_001;
    creations.begin('Create', { ...create, notAfter: new Date(20_000) });
  });

  it('P14 are remembered until the last attempt expires, in whatever order they arrive', () => {
    let now = 0;
    const creations = new Creations(() => now);
    creations.begin('Create', { ...create, notAfter: new Date(26_000) });
    creations.begin('Create', { ...create, notAfter: new Date(13_000) });
    creations.deleted(create);
    now = 19_000;
    expect(() => creations.begin('Create', { ...create, notAfter: new Date(26_000) })).toThrow(expired);
  });

  it('without a limit are not remembered: nobody counts on it', () => {
    const creations = new Creations(() => 0);
    creations.begin('Create', { ...create, notAfter: undefined });
    creations.deleted(create);
    creations.begin('Create', { ...create, notAfter: undefined });
  });
});
