import { z } from 'zod';
import { mapOf, setOf } from '../schema/collection.ts';
import { integer, observedText, timestamp } from '../schema/scalar.ts';
import { commonStatus } from '../schema/status.ts';

const binding = z
  .object({
    providerRef: z.object({ name: observedText(253), namespace: observedText(63) }),
    providerUID: observedText(63),
    hypervisorID: observedText().optional(),
    generation: z.int().min(0),
    takeOver: observedText(253)
      .optional()
      .meta({ description: 'Uid of the lost object whose machine this one takes over, instead of having one made.' }),
  })
  .meta({ description: 'Where the virtual machine is made; written before it is made.' });

const observedDisk = z.object({
  name: observedText(),
  id: observedText(1024).optional(),
  path: observedText(1024).optional(),
  size: observedText(63).optional().meta({ description: 'As a quantity.' }),
  format: observedText(63).optional(),
  root: z.boolean().optional(),
});

const observedNic = z.object({
  name: observedText(),
  mac: observedText(63).optional(),
  network: observedText().optional(),
  addresses: setOf(observedText(64), { max: 64 }).optional(),
});

const task = z
  .object({
    id: observedText(1024),
    operationID: observedText(1024).optional(),
    kind: observedText(63).optional(),
    stage: observedText().optional(),
    progressPercent: integer(0, 100).optional(),
    startedAt: timestamp().optional(),
  })
  .meta({ description: 'The work that runs at the hypervisor.' });

/** The schema of `status` of a VirtualMachine. */
export const virtualMachineStatus = z.object({
  ...commonStatus(),
  phase: z
    .enum(['Pending', 'Provisioning', 'Running', 'Stopped', 'Reconfiguring', 'Deleting', 'Failed'])
    .optional()
    .meta({ description: 'A summary for people; programs read the conditions.' }),
  binding: binding.optional(),
  id: observedText(1024)
    .optional()
    .meta({ description: 'What the hypervisor calls it; set when it was first seen ready.' }),
  powerState: z.enum(['On', 'Off', 'Suspended', 'Crashed', 'Unknown']).optional(),
  resources: z
    .object({ cpu: integer(0, 100_000).optional(), memory: observedText(63).optional() })
    .optional()
    .meta({ description: 'As the hypervisor says.' }),
  ips: setOf(observedText(64), { max: 64 })
    .optional()
    .meta({ description: 'Addresses of the guest, global ones first.' }),
  hostname: observedText().optional(),
  guestOS: observedText().optional(),
  guestAgent: z.enum(['Connected', 'Disconnected', 'Absent', 'Unknown']).optional(),
  host: observedText().optional().meta({ description: 'The machine that it runs on.' }),
  bootedAt: timestamp().optional(),
  disks: mapOf(observedDisk, { keys: ['name'], max: 32 }).optional(),
  nics: mapOf(observedNic, { keys: ['name'], max: 16 }).optional(),
  task: task.optional(),
  applied: z
    .object({ generation: z.int().min(0), hash: observedText(128) })
    .optional()
    .meta({ description: 'What was wanted when it was last reached.' }),
  restartRequired: mapOf(
    z.object({ field: observedText(), live: observedText(1024).optional(), configured: observedText(1024).optional() }),
    { keys: ['field'], max: 32 },
  )
    .optional()
    .meta({ description: 'Settings that wait for the next power cycle.' }),
  handledRestart: observedText(253).optional().meta({ description: 'The restart token that was acted on last.' }),
  shutdownDeadline: timestamp()
    .optional()
    .meta({ description: 'When a guest that was asked to shut down is powered off.' }),
  crashRestarts: z.object({ count: integer(0, 1_000_000), at: timestamp() }).optional(),
});

/** `status` of a VirtualMachine. */
export type VirtualMachineStatus = z.output<typeof virtualMachineStatus>;
