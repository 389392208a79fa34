import { DomainXml, DomainXmlFlag, ErrorCode, isLibvirtCode, type DomainRef } from '@virtrigaud/libvirt-client';
import type { VmState } from '@virtrigaud/provider-sdk';
import type { Host } from '../session/host.ts';
import { stampIn, type DomainView } from '../state/domain-view.ts';
import { stateOf } from '../state/state-of.ts';

/** A domain's XML, live and configured, and its state; undefined when it went away meanwhile. */
export async function viewDomain(
  { libvirt }: Host,
  domain: DomainRef,
  signal?: AbortSignal,
): Promise<DomainView | undefined> {
  try {
    const [live, configured, state] = await Promise.all([
      libvirt.domainGetXmlDesc(domain, { signal }),
      libvirt.domainGetXmlDesc(domain, { flags: DomainXmlFlag.inactive, signal }),
      libvirt.domainGetState(domain, { signal }),
    ]);
    return { live: DomainXml.parse(live), configured: DomainXml.parse(configured), state };
  } catch (error) {
    if (isLibvirtCode(error, ErrorCode.noDomain)) return undefined;
    throw error;
  }
}

/** A domain as the contract tells it; undefined when it went away meanwhile. */
export async function readDomain(host: Host, domain: DomainRef, signal?: AbortSignal): Promise<VmState | undefined> {
  const view = await viewDomain(host, domain, signal);
  if (!view) return undefined;
  const diskSizes = stampIn(view.live) ? await sizesOf(host, { domain, view, signal }) : new Map<string, number>();
  return stateOf(view, { hostname: host.hostname, addresses: host.addresses.of(domain.uuid), diskSizes });
}

/** Sizes of the disks of a VM of ours. A disk that cannot be looked at, such as one not made yet, has none. */
async function sizesOf(
  { libvirt }: Host,
  {
    domain,
    view,
    signal,
  }: { readonly domain: DomainRef; readonly view: DomainView; readonly signal?: AbortSignal | undefined },
): Promise<ReadonlyMap<string, number>> {
  const paths = view.live.devices
    .findAll("disk[@device='disk']")
    .map((disk) => disk.attributeAt('source', 'file'))
    .filter((path) => path !== undefined);
  const sizes = await Promise.all(
    paths.map(async (path): Promise<readonly [string, number] | undefined> => {
      try {
        return [path, Number((await libvirt.domainGetBlockInfo(domain, path, { signal })).capacityBytes)];
      } catch (error) {
        if (SIZE_UNKNOWN.some((code) => isLibvirtCode(error, code))) return undefined;
        throw error;
      }
    }),
  );
  return new Map(sizes.filter((entry) => entry !== undefined));
}

const SIZE_UNKNOWN = [
  ErrorCode.internal,
  ErrorCode.operationFailed,
  ErrorCode.invalidArgument,
  ErrorCode.operationInvalid,
  ErrorCode.systemError,
  ErrorCode.noDomain,
  ErrorCode.noSupport,
];
