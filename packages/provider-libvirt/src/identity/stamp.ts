import { XmlElement } from '@virtrigaud/libvirt-client';
import type { Owner } from '@virtrigaud/provider-sdk';

/** Namespace of what VirtRigaud writes into a domain's `<metadata>`. */
export const STAMP_NAMESPACE = 'https://virtrigaud.io/libvirt/1';
/** The prefix that libvirt gives it. */
export const STAMP_PREFIX = 'vr';

/** A volume that a Create has to make, before it is made: so a resumed one knows what it may throw away. */
export interface NamedVolume {
  readonly pool: string;
  readonly name: string;
}

/** A Create that is not yet done. */
export interface PendingOperation {
  readonly id: string;
  readonly rpc: string;
  /** What is being done, for people. */
  readonly stage: string;
  readonly volumes: readonly NamedVolume[];
}

/** All that VirtRigaud knows of a domain; kept in the domain itself. */
export interface DomainStamp {
  readonly owner: Owner;
  /** UUID of the domain that it was written for. */
  readonly carrier: string;
  /**
   * The uid that names its volumes, and from which its devices' names and addresses follow; undefined: the owner's. It stays when the
   * VM changes hands.
   */
  readonly madeAs?: string | undefined;
  /** There until Create's last step. */
  readonly pending?: PendingOperation | undefined;
  /** The last reboots and resets that were asked for, oldest first: each happens once. */
  readonly once: readonly string[];
  /**
   * Volumes of disks that a change is making or bringing back, from before it begins until they are the VM's for good; and what earlier
   * changes began to make.
   */
  readonly making: readonly NamedVolume[];
  readonly tags: Readonly<Record<string, string>>;
  /** Names of devices whose alias had to be hashed: alias to name. */
  readonly aliases: Readonly<Record<string, string>>;
}

/** The uid in a VM's volumes' names. */
export const madeAs = ({ owner, madeAs: uid }: DomainStamp): string => uid ?? owner.uid;

/**
 * The stamp as the one element that libvirt keeps for our namespace: `qualified` within a definition, `bare` for the call that sets it
 * alone, where libvirt adds the namespace itself and refuses one that is there.
 */
export function encodeStamp(stamp: DomainStamp, form: 'qualified' | 'bare'): XmlElement {
  const add = (parent: XmlElement, name: string, attributes: Readonly<Record<string, string | undefined>>) =>
    form === 'bare'
      ? parent.append(name, { attributes })
      : parent.appendInNamespace(STAMP_NAMESPACE, `${STAMP_PREFIX}:${name}`, { attributes });
  const root = add(XmlElement.create('holder'), 'vm', { carrier: stamp.carrier, 'made-as': stamp.madeAs });
  const { clusterId, namespace, name, uid, kind } = stamp.owner;
  add(root, 'owner', { cluster: clusterId, namespace, name, uid, kind });
  if (stamp.pending) {
    const { id, rpc, stage, volumes } = stamp.pending;
    const operation = add(root, 'op', { id, rpc, stage });
    for (const volume of volumes) add(operation, 'volume', { pool: volume.pool, name: volume.name });
  }
  for (const id of stamp.once) add(root, 'once', { id });
  for (const volume of stamp.making) add(root, 'making', { pool: volume.pool, name: volume.name });
  for (const [tag, value] of Object.entries(stamp.tags)) add(root, 'tag', { name: tag, value });
  for (const [alias, device] of Object.entries(stamp.aliases)) add(root, 'alias', { alias, name: device });
  return root;
}

/** Reads a stamp; undefined when the element lacks what makes one. What a newer version added is passed over. */
export function decodeStamp(root: XmlElement): DomainStamp | undefined {
  const owner = decodeOwner(root);
  const carrier = root.attribute('carrier');
  if (!owner || carrier === undefined) return undefined;
  return {
    owner,
    carrier,
    madeAs: root.attribute('made-as'),
    pending: decodePending(root),
    once: ours(root, 'once').map((each) => each.attribute('id') ?? ''),
    making: namedVolumes(root, 'making'),
    tags: pairs(root, 'tag', 'name', 'value'),
    aliases: pairs(root, 'alias', 'alias', 'name'),
  };
}

function decodeOwner(root: XmlElement): Owner | undefined {
  const owner = ours(root, 'owner')[0];
  const uid = owner?.attribute('uid');
  const kind = owner?.attribute('kind');
  if (!owner || !uid || (kind !== 'VirtualMachine' && kind !== 'VMImage')) return undefined;
  const [clusterId, namespace, name] = ['cluster', 'namespace', 'name'].map((key) => owner.attribute(key) ?? '');
  return { clusterId: clusterId ?? '', namespace: namespace ?? '', name: name ?? '', uid, kind };
}

function decodePending(root: XmlElement): PendingOperation | undefined {
  const operation = ours(root, 'op')[0];
  if (!operation) return undefined;
  const [id, rpc, stage] = ['id', 'rpc', 'stage'].map((key) => operation.attribute(key) ?? '');
  return { id: id ?? '', rpc: rpc ?? '', stage: stage ?? '', volumes: namedVolumes(operation, 'volume') };
}

function namedVolumes(parent: XmlElement, element: string): readonly NamedVolume[] {
  return ours(parent, element).map((volume) => ({
    pool: volume.attribute('pool') ?? '',
    name: volume.attribute('name') ?? '',
  }));
}

function pairs(root: XmlElement, element: string, key: string, value: string): Record<string, string> {
  return Object.fromEntries(
    ours(root, element).map((each) => [each.attribute(key) ?? '', each.attribute(value) ?? '']),
  );
}

/** By local name alone: within our element all is ours, and libvirt leaves the prefixes out when it is asked for it alone. */
const ours = (parent: XmlElement, name: string): readonly XmlElement[] =>
  parent.children.filter((child) => child.name.split(':').at(-1) === name);
