import { z } from 'zod';

const text = z.string().min(1);
const image = z.strictObject({
  preparedId: text.optional(),
  template: text.optional(),
  path: text.optional(),
  url: text.optional(),
  format: text.optional(),
  checksum: text.optional(),
  checksumType: text.optional(),
  storage: text.optional(),
});
const command = z.array(text).min(1);

const profileSchema = z.strictObject({
  /** What names on the hypervisor begin with: by it and the owner's cluster, leftovers are found. */
  namePrefix: z
    .string()
    .regex(/^[a-z][a-z0-9-]{0,19}$/, 'has to be 1 to 20 of a-z, 0-9 and -, beginning with a letter')
    .default('conformance'),
  /** What VMs boot from; prepared first where the provider has IMAGE_PREPARE. Absent: VMs without an image. */
  image: image.optional(),
  /** Where VMs are attached. Absent: without NICs. */
  network: text.optional(),
  /** `placement.datastore` of every VM. */
  storage: text.optional(),
  /** `extension` of every VM: keys of the provider's own. */
  extension: z.record(z.string(), z.string()).default({}),
  /** The two sizes that VMs and their data disks have; the larger one is what Reconfigure asks for. A root disk grows by `diskMiB`. */
  limits: z
    .strictObject({
      cpus: z.int().min(1).default(1),
      moreCpus: z.int().min(2).default(2),
      memoryMiB: z.int().min(1).default(256),
      moreMemoryMiB: z.int().min(2).default(320),
      diskMiB: z.int().min(1).default(64),
      moreDiskMiB: z.int().min(2).default(96),
    })
    .prefault({})
    .refine(
      (sizes) =>
        sizes.cpus < sizes.moreCpus && sizes.memoryMiB < sizes.moreMemoryMiB && sizes.diskMiB < sizes.moreDiskMiB,
      { error: 'moreCpus, moreMemoryMiB and moreDiskMiB have to be more than cpus, memoryMiB and diskMiB' },
    ),
  /** How long an answer may take: the contract allows no call more than 60. */
  callSeconds: z.number().positive().max(60).default(60),
  /** How long a task may take, or a change until it is seen. */
  settleSeconds: z.number().positive().default(120),
  /** Commands that stand for the methods of a Backdoor: arguments are appended, the answer is read from stdout, one id a line. */
  backdoor: z
    .strictObject({
      listVmIds: command.optional(),
      listDiskIds: command.optional(),
      defineVm: command.optional(),
      copyVm: command.optional(),
      removeVm: command.optional(),
      delayCreates: command.optional(),
      cutOff: command.optional(),
      reconnect: command.optional(),
      refuseLogins: command.optional(),
      admitLogins: command.optional(),
      countLogins: command.optional(),
    })
    .optional(),
});

/** What the checks need to know of a provider's surroundings. */
export type Profile = Readonly<z.output<typeof profileSchema>>;
/** A profile as it is written: whatever is left out has its default. */
export type ProfileInput = z.input<typeof profileSchema>;

/** A profile, or what is wrong with it. */
export type ProfileResult =
  { readonly ok: true; readonly profile: Profile } | { readonly ok: false; readonly problem: string };

/** Reads a profile, and fills in what it leaves out. */
export function parseProfile(value: unknown): ProfileResult {
  const parsed = profileSchema.safeParse(value);
  return parsed.success ? { ok: true, profile: parsed.data } : { ok: false, problem: z.prettifyError(parsed.error) };
}
