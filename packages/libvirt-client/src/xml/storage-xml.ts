import { XmlElement } from './xml-element.ts';

/** Owner and mode of files that libvirt makes. */
export interface StoragePermissions {
  /** Octal text such as `0600`. */
  readonly mode: string;
  readonly ownerId?: number | undefined;
  readonly groupId?: number | undefined;
}

/** What {@link volumeXml} describes. */
export interface VolumeSpec {
  readonly name: string;
  readonly capacityBytes: bigint;
  /** Bytes taken at once; missing: libvirt decides, 0: none. */
  readonly allocationBytes?: bigint | undefined;
  /** `qcow2`, `raw`, `iso`, ...; missing: the pool's default. */
  readonly format?: string | undefined;
  /** Makes the volume an overlay on this one. */
  readonly backing?: { readonly path: string; readonly format: string } | undefined;
  readonly permissions?: StoragePermissions | undefined;
}

/** What {@link poolXml} describes: a pool that is a directory. */
export interface DirectoryPoolSpec {
  readonly name: string;
  /** Absolute path on libvirtd's host. */
  readonly path: string;
  readonly permissions?: StoragePermissions | undefined;
}

/** XML of a volume for `volCreateXml`. */
export function volumeXml(spec: VolumeSpec): string {
  const volume = XmlElement.create('volume');
  volume.append('name', { text: spec.name });
  volume.append('capacity', { attributes: { unit: 'bytes' }, text: spec.capacityBytes });
  if (spec.allocationBytes !== undefined) {
    volume.append('allocation', { attributes: { unit: 'bytes' }, text: spec.allocationBytes });
  }
  const target = volume.append('target');
  if (spec.format !== undefined) target.append('format', { attributes: { type: spec.format } });
  appendPermissions(target, spec.permissions);
  if (spec.backing) {
    const backing = volume.append('backingStore');
    backing.append('path', { text: spec.backing.path });
    backing.append('format', { attributes: { type: spec.backing.format } });
  }
  return volume.toString();
}

/** XML of a directory pool for `poolDefineXml`. */
export function poolXml(spec: DirectoryPoolSpec): string {
  const pool = XmlElement.create('pool', { attributes: { type: 'dir' } });
  pool.append('name', { text: spec.name });
  const target = pool.append('target');
  target.append('path', { text: spec.path });
  appendPermissions(target, spec.permissions);
  return pool.toString();
}

function appendPermissions(target: XmlElement, permissions: StoragePermissions | undefined): void {
  if (permissions === undefined) return;
  const element = target.append('permissions');
  element.append('mode', { text: permissions.mode });
  if (permissions.ownerId !== undefined) element.append('owner', { text: permissions.ownerId });
  if (permissions.groupId !== undefined) element.append('group', { text: permissions.groupId });
}
