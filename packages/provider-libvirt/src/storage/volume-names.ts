import { createHash } from 'node:crypto';

const UUID = '[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}';
const OF_A_VM = new RegExp(`^vr-(${UUID})-(?:root|seed|disk-.+)\\.(?:qcow2|iso)(?:\\.ok)?$`);

const AN_IMAGE = new RegExp(`^vr-img-${UUID}\\.qcow2$`);

/** Name of the marker that says: this volume is complete. */
export const markerNameOf = (volume: string): string => `${volume}.ok`;

/** The disk that a VM boots from. */
export const rootVolumeName = (ownerUid: string): string => `vr-${ownerUid}-root.qcow2`;

/** The seed of a VM. */
export const seedVolumeName = (ownerUid: string): string => `vr-${ownerUid}-seed.iso`;

/** A data disk; its name is hashed when it is no part of a file's name. */
export function diskVolumeName(ownerUid: string, disk: string): string {
  const part = /^[A-Za-z0-9_-]{1,63}$/.test(disk) ? disk : createHash('sha256').update(disk).digest('hex').slice(0, 32);
  return `vr-${ownerUid}-disk-${part}.qcow2`;
}

/** An image, as it is kept in one pool. */
export const imageVolumeName = (ownerUid: string): string => `vr-img-${ownerUid}.qcow2`;

/** Whether a volume is an image of ours. */
export const isImageVolume = (name: string): boolean => AN_IMAGE.test(name);

/** The uid that a VM's volume or its marker belongs to; undefined for anything else, an image included. */
export function ownerUidOfVolume(name: string): string | undefined {
  return OF_A_VM.exec(name)?.[1];
}
