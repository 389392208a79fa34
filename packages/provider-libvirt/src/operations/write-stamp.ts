import { Affect, MetadataType, type DomainRef, type LibvirtApi } from '@virtrigaud/libvirt-client';
import { encodeStamp, STAMP_NAMESPACE, STAMP_PREFIX, type DomainStamp } from '../identity/stamp.ts';
import { lookupDomain } from '../inventory/find-domains.ts';

/** Writes a domain's stamp anew, in what runs and in what is configured; `undefined` takes it away. */
export async function writeStamp(
  libvirt: LibvirtApi,
  domain: DomainRef,
  stamp: DomainStamp | undefined,
): Promise<void> {
  // Its number tells whether it runs: it may have been started or stopped since it was looked up.
  const now = (await lookupDomain(libvirt, domain.uuid)) ?? domain;
  await libvirt.domainSetMetadata(
    now,
    {
      type: MetadataType.element,
      text: stamp && encodeStamp(stamp, 'bare').toString(),
      key: STAMP_PREFIX,
      uri: STAMP_NAMESPACE,
    },
    { flags: now.id === -1 ? Affect.config : Affect.live | Affect.config },
  );
}
