import { z } from 'zod';
import { mapOf } from '../schema/collection.ts';
import { withRules, type TransitionRule } from '../schema/rule.ts';
import { dnsLabel, integer, size, text } from '../schema/scalar.ts';
import { diskBus, diskType } from './disk.ts';
import { mebibytes, onceBound, same } from './frozen.ts';

/** The disk that the machine boots from: over the class's, which is over the image's. */
export const rootDisk = () =>
  z.strictObject({
    size: size().optional(),
    type: diskType().optional(),
    storage: text(255).optional(),
    bus: diskBus().optional(),
  });

const disk = withRules(
  z.strictObject({
    name: dnsLabel(),
    size: size().optional(),
    sizeGiB: integer(1, 65_536).optional().meta({ description: 'The size in GiB: another spelling of size.' }),
    type: diskType().optional(),
    storage: text(255).optional().meta({ description: 'Where the disk lies. libvirt: a storage pool.' }),
    bus: diskBus().optional(),
  }),
  [
    {
      rule: 'has(self.size) != has(self.sizeGiB)',
      message: 'needs exactly one of size, sizeGiB',
      fieldPath: '.size',
      holds: (self) => (self.size !== undefined) !== (self.sizeGiB !== undefined),
    },
    {
      rule: "self.name != 'root'",
      message: 'is the name of the disk that the machine boots from: see rootDisk',
      fieldPath: '.name',
      holds: (self) => self.name !== 'root',
    },
  ],
);

/** The data disks. */
export const disks = () => mapOf(disk, { keys: ['name'], max: 20 });

const sizeOf = (of: string) => `(has(${of}.size) ? ${mebibytes(`${of}.size`)} : ${of}.sizeGiB * 1024)`;

/** What a disk was made with, and what no provider changes afterwards. */
const madeWith = ['type', 'storage', 'bus'] as const;

/** CEL: the root disk says the same of `field`, or nothing, in both. */
function sameOfRoot(field: string): string {
  const said = (of: string) => `(has(${of}.spec.rootDisk) && has(${of}.spec.rootDisk.${field}))`;
  return `${said('self')} == ${said('oldSelf')} && (!${said('self')} || self.spec.rootDisk.${field} == oldSelf.spec.rootDisk.${field})`;
}

/** No disk of a bound VirtualMachine shrinks, or becomes another kind of disk. */
export const diskRules: readonly TransitionRule[] = [
  onceBound({
    rule:
      '!has(oldSelf.spec.disks) || !has(self.spec.disks) || ' +
      `oldSelf.spec.disks.all(o, self.spec.disks.all(n, n.name != o.name || ${sizeOf('n')} >= ${sizeOf('o')}))`,
    message: 'cannot shrink: restore the size',
    fieldPath: '.spec.disks',
  }),
  onceBound({
    rule:
      '!has(oldSelf.spec.rootDisk) || !has(oldSelf.spec.rootDisk.size) || !has(self.spec.rootDisk) || ' +
      `!has(self.spec.rootDisk.size) || ${mebibytes('self.spec.rootDisk.size')} >= ${mebibytes('oldSelf.spec.rootDisk.size')}`,
    message: 'cannot shrink: restore the size',
    fieldPath: '.spec.rootDisk',
  }),
  onceBound({
    rule:
      '!has(oldSelf.spec.disks) || !has(self.spec.disks) || ' +
      `oldSelf.spec.disks.all(o, self.spec.disks.all(n, n.name != o.name || (${madeWith.map((field) => same('n', 'o', field)).join(' && ')})))`,
    message:
      'type, storage and bus cannot change any more: the disk has been made with them; take it off the list, and add another',
    fieldPath: '.spec.disks',
  }),
  onceBound({
    rule: madeWith.map(sameOfRoot).join(' && '),
    message: 'type, storage and bus cannot change any more: the virtual machine has been made with them',
    fieldPath: '.spec.rootDisk',
  }),
];
