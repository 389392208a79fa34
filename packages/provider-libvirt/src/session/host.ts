import {
  createLibvirtSession,
  XmlElement,
  type DomainEventKind,
  type LibvirtError,
  type LibvirtSession,
} from '@virtrigaud/libvirt-client';
import { hypervisorUnreachable, type Logger } from '@virtrigaud/provider-sdk';
import { providerErrorOf } from '../failure.ts';
import { AddressBook } from '../inventory/address-book.ts';
import { checkEndpoint } from './endpoint.ts';
import { endpointNotLocal } from './not-local.ts';

/** A session with one libvirt. */
export interface Host {
  readonly libvirt: LibvirtSession;
  readonly uri: string;
  /** Name of the machine that libvirt runs on. */
  readonly hostname: string;
  /** `kvm` where libvirt advertises it, else `qemu`. */
  readonly virtType: string;
  /** Addresses of guests, as last seen. */
  readonly addresses: AddressBook;
  readonly logger: Logger;
}

const EVENTS: readonly DomainEventKind[] = [
  'lifecycle',
  'reboot',
  'deviceAdded',
  'deviceRemoved',
  'deviceRemovalFailed',
  'blockJob',
  'agentLifecycle',
  'metadata',
];

/** How to reach a libvirt. */
export interface OpenHost {
  readonly endpoint: string;
  readonly signal: AbortSignal;
  /** Called once when the session breaks. */
  readonly lost: (error: unknown) => void;
  readonly logger: Logger;
}

/** Opens a session. The first failure is the answer: whoever asked tries again in their own time. */
export async function openHost({ endpoint, signal, lost, logger }: OpenHost): Promise<Host> {
  const uri = checkEndpoint(endpoint);
  const libvirt = createLibvirtSession({ uri, domainEvents: EVENTS });
  try {
    await connected(libvirt, signal);
    const hostname = await libvirt.getHostname({ signal });
    const virtType = virtTypeOf(await libvirt.getCapabilities({ signal }));
    libvirt.onState((state) => {
      if (state.kind === 'lost') lost(unreachable(uri, state.error));
    });
    return { libvirt, uri, hostname, virtType, addresses: new AddressBook(), logger };
  } catch (error) {
    await libvirt.close();
    throw (await endpointNotLocal(error, uri)) ?? providerErrorOf(error, uri);
  }
}

async function connected(libvirt: LibvirtSession, signal: AbortSignal): Promise<void> {
  const failed = Promise.withResolvers<never>();
  const quiet = libvirt.onState((state) => {
    if (state.kind === 'lost') failed.reject(state.error);
  });
  try {
    await Promise.race([libvirt.whenConnected({ signal }), failed.promise]);
  } finally {
    quiet();
  }
}

function unreachable(uri: string, error: LibvirtError) {
  return hypervisorUnreachable(`${uri}: ${error.message}`, error);
}

/** The best that libvirt advertises for guests of the host's own kind. Whether KVM runs them only a guest can show. */
export function virtTypeOf(capabilities: string): string {
  const root = XmlElement.parse(capabilities);
  const arch = root.textAt('host/cpu/arch');
  const native = root.findAll('guest/arch').filter((each) => arch === undefined || each.attribute('name') === arch);
  const types = new Set(native.flatMap((each) => each.findAll('domain').map((domain) => domain.attribute('type'))));
  return types.has('kvm') ? 'kvm' : types.has('qemu') ? 'qemu' : ([...types][0] ?? 'qemu');
}
