import { formatSize } from '@virtrigaud/api-types';

/** What a person calls what the contract calls otherwise: the field of the VirtualMachine, which may come from its class. */
const FIELDS: ReadonlyMap<string, string> = new Map([
  ['compute.cpus', 'spec.resources.cpu'],
  ['compute.memory_bytes', 'spec.resources.memory'],
  ['root', 'spec.rootDisk.size'],
  ['disks', 'spec.disks'],
  ['nics', 'spec.networks'],
  ['tags', 'spec.tags'],
]);

/** Paths whose values are bytes, maybe behind the name of a disk. */
const SIZES: ReadonlySet<string> = new Set(['compute.memory_bytes', 'root', 'disks']);

/** The field of the VirtualMachine that a path of the contract is about. One that is none of its fields stays as it is. */
export const specField = (path: string) => FIELDS.get(path) ?? path;

/** A value at a path of the contract, as the user writes it: `2Gi`, `data=2Gi`. */
export function specValue(path: string, value: string): string {
  if (!SIZES.has(path)) return value;
  return value.replace(/^(.*=)?(\d{1,15})$/, (_all, name: string | undefined, bytes: string) => {
    return `${name ?? ''}${formatSize(Number(bytes))}`;
  });
}
