import { DomainState, MetadataType, type DomainRef, type LibvirtApi } from '@virtrigaud/libvirt-client';
import type { MutationContext, VmState } from '@virtrigaud/provider-sdk';
import { encodeStamp, type DomainStamp } from '../identity/stamp.ts';
import type { Host } from '../session/host.ts';
import { anOwner } from './a-spec.ts';

/** One domain of a libvirt of its own, which runs and bears the stamp of {@link anOwner}. Calls that a spec does not give are missing. */
export class FakeDomain {
  readonly ref: DomainRef = { name: 'default.web', uuid: anOwner.uid, id: 1 };
  metadata: string;
  readonly #calls: Partial<LibvirtApi>;

  constructor(calls: Partial<LibvirtApi>) {
    this.#calls = calls;
    const stamp: DomainStamp = { owner: anOwner, carrier: anOwner.uid, once: [], making: [], tags: {}, aliases: {} };
    this.metadata = encodeStamp(stamp, 'bare').toString();
  }

  get host(): Host {
    const libvirt: Partial<LibvirtApi> = {
      domainLookupByUuid: async () => this.ref,
      domainGetState: async () => ({ state: DomainState.running, reason: 1 }),
      domainGetMetadata: async () => this.metadata,
      domainSetMetadata: async (_domain, { type, text }) => {
        if (type === MetadataType.element && text !== undefined) this.metadata = text;
      },
      ...this.#calls,
    };
    return { libvirt, virtType: 'qemu' } as unknown as Host;
  }

  /** Only what a mutation looks at. */
  vm(overrides: Partial<VmState> = {}): VmState {
    return { id: this.ref.uuid, name: this.ref.name, power: 'On', ...overrides } as unknown as VmState;
  }
}

/** A call of {@link anOwner}. */
export function aCall(operationId: string): MutationContext {
  return {
    operationId,
    owner: anOwner,
    signal: new AbortController().signal,
    checkBeforeEffect: () => undefined,
  } as unknown as MutationContext;
}
