import type { GuestInit, Owner } from '@virtrigaud/provider-sdk';
import { writeIso9660 } from './iso9660.ts';

/** What a seed is made of. */
export interface SeedInit {
  readonly owner: Owner;
  readonly guestInit: Extract<GuestInit, { kind: 'CloudInit' }> | undefined;
}

/** The same seed for the same input, also when it is made again. */
const MADE_AT = new Date('2020-01-01T00:00:00Z');

/**
 * The NoCloud seed of a VM as an ISO image labelled `CIDATA`. Without user data nothing is injected but the two ids that NoCloud needs.
 *
 * `instance-id` is the owner's uid: cloud-init runs once for each VM, and not again when the VM is restarted or moved.
 */
export function cloudInitSeed({ owner, guestInit }: SeedInit): Uint8Array {
  const metaData = guestInit && guestInit.metaData.length > 0 ? guestInit.metaData : ownMetaData(owner);
  const userData = guestInit?.userData ?? new Uint8Array();
  const networkConfig = guestInit?.networkConfig ?? new Uint8Array();
  return writeIso9660({
    label: 'CIDATA',
    createdAt: MADE_AT,
    files: [
      { name: 'meta-data', content: metaData },
      { name: 'user-data', content: userData },
      ...(networkConfig.length > 0 ? [{ name: 'network-config', content: networkConfig }] : []),
    ],
  });
}

/** Kubernetes names and UUIDs hold nothing that YAML would read otherwise. */
function ownMetaData({ uid, name }: Owner): Uint8Array {
  return Buffer.from(`instance-id: ${uid}\nlocal-hostname: ${name}\n`);
}
