import {
  ErrorCode,
  isLibvirtCode,
  MetadataType,
  XmlElement,
  type DomainRef,
  type LibvirtApi,
} from '@virtrigaud/libvirt-client';
import type { CallContext, VmState } from '@virtrigaud/provider-sdk';
import { asProvider } from '../failure.ts';
import { decodeStamp, STAMP_NAMESPACE, type DomainStamp } from '../identity/stamp.ts';
import type { Host } from '../session/host.ts';
import { readDomain } from './read-domain.ts';

const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** Domains read at once: as many as libvirt serves on one connection. */
const BATCH = 4;

/** Every domain there is. */
export async function* listVms(host: Host, { signal }: CallContext): AsyncIterable<VmState> {
  const domains = await asProvider('the list of VMs', () => host.libvirt.listAllDomains({ signal }));
  for (let at = 0; at < domains.length; at += BATCH) {
    const batch = domains.slice(at, at + BATCH);
    const states = await asProvider('the list of VMs', () =>
      Promise.all(batch.map((domain) => readDomain(host, domain, signal))),
    );
    yield* states.filter((state) => state !== undefined);
  }
}

/** The domain of that UUID, or all that bear the uid's stamp: asked now. */
export async function findVms(
  host: Host,
  by: { readonly ownerUid: string } | { readonly id: string },
  { signal }: CallContext,
): Promise<readonly VmState[]> {
  return asProvider('the list of VMs', async () => {
    const domains = 'id' in by ? await byId(host.libvirt, by.id) : await byStamp(host.libvirt, by.ownerUid);
    const states = await Promise.all(domains.map((domain) => readDomain(host, domain, signal)));
    return states.filter((state) => state !== undefined);
  });
}

async function byId(libvirt: LibvirtApi, id: string): Promise<readonly DomainRef[]> {
  if (!UUID.test(id)) return [];
  const domain = await lookupDomain(libvirt, id);
  return domain ? [domain] : [];
}

async function byStamp(libvirt: LibvirtApi, ownerUid: string): Promise<readonly DomainRef[]> {
  const domains = await libvirt.listAllDomains();
  const stamps = await Promise.all(domains.map((domain) => readStamp(libvirt, domain)));
  const found = domains.filter((_, index) => stamps[index]?.owner.uid === ownerUid);
  // Access rules of libvirt leave out of a list what one may not see; a look-up by UUID is refused, so that it is no absence.
  if (found.length === 0 && UUID.test(ownerUid)) await lookupDomain(libvirt, ownerUid);
  return found;
}

/** The domain of that UUID; undefined when libvirt, asked now, has none. Any other answer is thrown: it proves nothing. */
export async function lookupDomain(libvirt: LibvirtApi, uuid: string): Promise<DomainRef | undefined> {
  try {
    return await libvirt.domainLookupByUuid(uuid);
  } catch (error) {
    if (isLibvirtCode(error, ErrorCode.noDomain)) return undefined;
    throw error;
  }
}

/** The stamp on a domain; undefined when it has none, or went away. */
export async function readStamp(libvirt: LibvirtApi, domain: DomainRef): Promise<DomainStamp | undefined> {
  try {
    const text = await libvirt.domainGetMetadata(domain, { type: MetadataType.element, uri: STAMP_NAMESPACE });
    return decodeStamp(XmlElement.parse(text));
  } catch (error) {
    if (isLibvirtCode(error, ErrorCode.noDomainMetadata) || isLibvirtCode(error, ErrorCode.noDomain)) return undefined;
    throw error;
  }
}
