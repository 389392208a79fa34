import { describe, expect, it } from '@jest/globals';
import { ErrorCode, ErrorDomain, LibvirtError } from '@virtrigaud/libvirt-client';
import { anOwner } from '../testing/a-spec.ts';
import { aCall, FakeDomain } from '../testing/fake-domain.ts';
import { findVms } from './find-domains.ts';

const answered = (code: number) =>
  new LibvirtError({
    kind: 'libvirt',
    outcome: 'refused',
    message: 'no',
    detail: { code, domain: ErrorDomain.qemu, level: 2, int1: 0, int2: 0 },
  });

/** Looks for the owner's VM where the list is empty and the look-up by UUID meets `error`. */
const find = (error: Error) => {
  const { host } = new FakeDomain({
    listAllDomains: async () => [],
    domainLookupByUuid: () => Promise.reject(error),
  });
  return findVms(host, { ownerUid: anOwner.uid }, aCall('describe'));
};

describe('a VM that the list does not show', () => {
  it('P04 is absent when libvirt says so by UUID as well', async () => {
    expect(await find(answered(ErrorCode.noDomain))).toEqual([]);
  });

  it.each([
    ['one may not see it', answered(ErrorCode.accessDenied), 'PERMISSION_MISSING'],
    [
      'the connection breaks',
      new LibvirtError({ kind: 'lost', outcome: 'unknown', message: '' }),
      'HYPERVISOR_UNREACHABLE',
    ],
  ])('P04 is not absent when %s', async (_, error, reason) => {
    await expect(find(error)).rejects.toMatchObject({ reason });
  });
});
