import { z } from 'zod';
import { setOf, textMap } from '../schema/collection.ts';
import { objectWithStatus } from '../schema/object.ts';
import { ref } from '../schema/reference.ts';
import { withRules, type TransitionRule } from '../schema/rule.ts';
import { duration, integer, size, text } from '../schema/scalar.ts';
import { frozen, frozenOptional } from './frozen.ts';
import { metaData, userData } from './guest-data.ts';
import { diskRules, disks, rootDisk } from './virtual-machine-disk.ts';
import { networkRules, networks } from './virtual-machine-network.ts';
import { virtualMachineStatus } from './virtual-machine-status.ts';

const resources = withRules(
  z.strictObject({
    cpu: integer(1, 512).optional(),
    memory: size().optional().meta({ description: 'In whole Mi, Gi or Ti.' }),
    memoryMiB: integer(1, 16_777_216)
      .optional()
      .meta({ description: 'The memory in MiB: another spelling of memory.' }),
  }),
  [
    {
      rule: '!(has(self.memory) && has(self.memoryMiB))',
      message: 'memory and memoryMiB are two spellings of one thing: give one',
      fieldPath: '.memoryMiB',
      holds: (self) => self.memory === undefined || self.memoryMiB === undefined,
    },
  ],
);

const fields = z.strictObject({
  providerRef: ref().meta({ description: 'The Provider on whose hypervisor the machine is.' }),
  imageRef: ref().meta({ description: 'The VMImage that it boots from.' }),
  classRef: ref().optional().meta({ description: 'The VMClass that gives its size.' }),
  resources: resources.optional().meta({ description: 'Its size; over that of the class.' }),
  powerState: z.enum(['On', 'Off', 'OffGraceful']).default('On').meta({
    description:
      'OffGraceful asks the guest, and powers off when lifecycle.gracefulShutdownTimeout is over. Quote it: YAML reads On as true.',
  }),
  rootDisk: rootDisk().optional(),
  disks: disks().optional().meta({
    description: 'Data disks. One that leaves the list is detached and kept.',
  }),
  networks: networks().optional().meta({
    description: "Network cards. Omitted: one on the Provider's default network; an empty list: none.",
  }),
  userData: userData().optional(),
  metaData: metaData().optional(),
  placement: z
    .strictObject({ datastore: text(255).optional() })
    .optional()
    .meta({ description: 'Where it is made. libvirt: datastore is the storage pool.' }),
  tags: setOf(text(255), { max: 50 }).optional(),
  lifecycle: z.strictObject({ gracefulShutdownTimeout: duration().default('60s') }).prefault({}),
  updatePolicy: z.enum(['Online', 'PowerCycle', 'Never']).default('Online').meta({
    description: 'What a change of hardware does to a running machine: live where possible, a power cycle, or nothing.',
  }),
  driftPolicy: z.enum(['Correct', 'Report']).default('Correct').meta({
    description: 'Whether changes behind the API are undone, or only shown.',
  }),
  vanishedPolicy: z.enum(['Report', 'Recreate']).default('Report').meta({
    description:
      'What happens when the machine is gone from the hypervisor: shown, or made again; disks that still lie whole at the hypervisor may be taken again.',
  }),
  deletionPolicy: z.enum(['Delete', 'Retain']).optional().meta({
    description:
      'What happens to the machine when this object is deleted. Omitted: Delete, or Retain where it was taken over.',
  }),
  extraConfig: textMap({ maxEntries: 50, maxValueLength: 1024 }).optional().meta({
    description: "Settings of one kind of hypervisor, under the keys that its provider publishes; over the class's.",
  }),
  hypervisorName: text(80).optional().meta({ description: 'Name on the hypervisor. Omitted: <namespace>.<name>.' }),
});

/** The schema of `spec` of a VirtualMachine. */
export const virtualMachineSpec = withRules(fields, [
  {
    rule: 'has(self.classRef) || (has(self.resources) && has(self.resources.cpu) && (has(self.resources.memory) || has(self.resources.memoryMiB)))',
    message: 'needs cpu and memory, or a classRef that gives them',
    fieldPath: '.resources',
    holds: ({ classRef, resources: own }) =>
      classRef !== undefined || (own?.cpu !== undefined && (own.memory !== undefined || own.memoryMiB !== undefined)),
  },
  {
    rule: '!(has(self.userData) && has(self.userData.ignition)) || (!has(self.metaData) && (!has(self.networks) || self.networks.all(n, !has(n.ipAddress))))',
    message: 'ignition takes neither metaData nor a network with ipAddress: both need cloudInit',
    fieldPath: '.userData',
    holds: (self) =>
      self.userData?.ignition === undefined ||
      (self.metaData === undefined && (self.networks ?? []).every((network) => network.ipAddress === undefined)),
  },
]);

/** The rules over changes of a whole VirtualMachine: they read `status.binding`. */
export const virtualMachineRules: readonly TransitionRule[] = [
  frozen('imageRef'),
  frozenOptional('userData'),
  frozenOptional('metaData'),
  frozenOptional('placement'),
  frozenOptional('hypervisorName'),
  frozenOptional('extraConfig'),
  ...diskRules,
  ...networkRules,
];

/** The schema of a whole VirtualMachine. */
export const virtualMachineObject = objectWithStatus('VirtualMachine', {
  spec: virtualMachineSpec,
  status: virtualMachineStatus,
});

/** One machine, with defaults filled in. */
export type VirtualMachine = z.output<typeof virtualMachineObject>;
/** One machine, as a person writes it. */
export type VirtualMachineInput = z.input<typeof virtualMachineObject>;
/** `spec` of a {@link VirtualMachine}. */
export type VirtualMachineSpec = z.output<typeof virtualMachineSpec>;
/** One data disk of a {@link VirtualMachine}. */
export type VirtualMachineDisk = NonNullable<VirtualMachineSpec['disks']>[number];
/** One network card of a {@link VirtualMachine}. */
export type VirtualMachineNetwork = NonNullable<VirtualMachineSpec['networks']>[number];
