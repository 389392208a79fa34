import { z } from 'zod';
import { mapOf, setOf } from '../schema/collection.ts';
import { objectWithStatus } from '../schema/object.ts';
import { consumerNamespaceSelector } from '../schema/reference.ts';
import { withRules, type StateRule } from '../schema/rule.ts';
import { dnsLabel, integer, observedText, text } from '../schema/scalar.ts';
import { commonStatus } from '../schema/status.ts';

const checksum = () => ({
  checksum: z
    .string()
    .max(128)
    .regex(/^([0-9a-fA-F]{64}|[0-9a-fA-F]{128})$/)
    .optional()
    .meta({ description: 'Checked whenever it is given.' }),
  checksumType: z.enum(['sha256', 'sha512']).default('sha256'),
});

const checksumLength: StateRule<{ checksum?: string | undefined; checksumType: 'sha256' | 'sha512' }> = {
  rule: "!has(self.checksum) || self.checksum.size() == (self.checksumType == 'sha512' ? 128 : 64)",
  message: 'has the length of another checksumType: sha256 has 64 digits, sha512 has 128',
  fieldPath: '.checksum',
  holds: (self) => self.checksum === undefined || self.checksum.length === (self.checksumType === 'sha512' ? 128 : 64),
};

const libvirtSource = withRules(
  z.strictObject({
    path: text(1024).meta({ description: 'A volume of an active storage pool, by its path on the hypervisor.' }),
    format: z.enum(['qcow2', 'raw', 'vmdk']).default('qcow2'),
    storagePool: text(255)
      .optional()
      .meta({ description: "Where the private copy goes. Omitted: where the VM's disk goes." }),
    ...checksum(),
  }),
  [checksumLength],
);

const customSource = withRules(
  z.strictObject({
    type: dnsLabel().meta({ description: 'The type of the Providers that take this member.' }),
    template: text(255).optional(),
    path: text(1024).optional(),
    url: z
      .string()
      .max(2048)
      .regex(/^https?:\/\/\S+$/)
      .optional(),
    format: text(63).optional(),
    ...checksum(),
  }),
  [
    {
      rule: '[has(self.template), has(self.path), has(self.url)].filter(x, x).size() == 1',
      message: 'needs exactly one of template, path, url',
      holds: (self) => [self.template, self.path, self.url].filter((x) => x !== undefined).length === 1,
    },
    {
      rule: "!has(self.url) || self.url.startsWith('https://') || has(self.checksum)",
      message: 'without https needs a checksum',
      fieldPath: '.url',
      holds: (self) => self.url === undefined || self.url.startsWith('https://') || self.checksum !== undefined,
    },
    checksumLength,
  ],
);

const source = withRules(
  z.strictObject({
    libvirt: libvirtSource.optional(),
    custom: mapOf(customSource, { keys: ['type'], max: 16 })
      .min(1)
      .optional()
      .meta({ description: 'Sources for providers of other types.' }),
  }),
  [
    {
      rule: 'has(self.libvirt) || has(self.custom)',
      message: 'needs at least one of libvirt, custom',
      holds: (self) => self.libvirt !== undefined || self.custom !== undefined,
    },
    { rule: 'self == oldSelf', message: 'is immutable: make another VMImage' },
  ],
);

/** The schema of `spec` of a VMImage. */
export const vmImageSpec = z.strictObject({
  source: source.meta({
    description: "Where the image is, for each kind of hypervisor: the member of the Provider's type counts.",
  }),
  prepare: z
    .strictObject({ onMissing: z.enum(['Import', 'Fail', 'Wait']).default('Import') })
    .prefault({})
    .meta({ description: 'What happens where the prepared copy is missing.' }),
  consumerNamespaceSelector: consumerNamespaceSelector().optional(),
});

/** The schema of `status` of a VMImage. */
export const vmImageStatus = z.object({
  ...commonStatus(),
  availableOn: setOf(observedText(317), { max: 256 })
    .optional()
    .meta({ description: 'Providers, as namespace/name, that have a usable copy.' }),
  providers: mapOf(
    z.object({
      namespace: observedText(63),
      name: observedText(253),
      phase: z.enum(['Pending', 'Preparing', 'Ready', 'Failed']),
      preparedID: observedText(1024).optional(),
      task: observedText(1024).optional(),
      progressPercent: integer(0, 100).optional(),
      message: observedText(4096).optional(),
    }),
    { keys: ['namespace', 'name'], max: 256 },
  ).optional(),
});

/** The schema of a whole VMImage. */
export const vmImageObject = objectWithStatus('VMImage', { spec: vmImageSpec, status: vmImageStatus });

/** What a virtual machine boots from, with defaults filled in. */
export type VMImage = z.output<typeof vmImageObject>;
/** What a virtual machine boots from, as a person writes it. */
export type VMImageInput = z.input<typeof vmImageObject>;
/** `spec` of a {@link VMImage}. */
export type VMImageSpec = z.output<typeof vmImageSpec>;
/** `status` of a {@link VMImage}. */
export type VMImageStatus = z.output<typeof vmImageStatus>;
