import { z } from 'zod';
import { textMap } from '../schema/collection.ts';
import { objectWithoutStatus } from '../schema/object.ts';
import { consumerNamespaceSelector } from '../schema/reference.ts';
import { withRules } from '../schema/rule.ts';
import { integer, size, text } from '../schema/scalar.ts';
import { diskType } from './disk.ts';

/** The schema of `spec` of a VMClass. */
export const vmClassSpec = withRules(
  z.strictObject({
    cpu: integer(1, 512).meta({ description: 'Virtual CPUs.' }),
    memory: size().meta({ description: 'Memory in whole Mi, Gi or Ti.' }),
    firmware: z.enum(['BIOS', 'UEFI', 'EFI']).optional().meta({
      description: "What the machine starts with; EFI means UEFI. Omitted: the template's, else BIOS.",
    }),
    diskDefaults: z
      .strictObject({
        size: size().optional().meta({ description: "Size of the root disk. Omitted: the image's." }),
        type: diskType().optional(),
        storage: text(255).optional(),
      })
      .optional()
      .meta({ description: 'What disks take that do not say otherwise; size is that of the root disk.' }),
    extraConfig: textMap({ maxEntries: 50, maxValueLength: 1024 }).optional().meta({
      description: 'Settings of one kind of hypervisor, under the keys that its provider publishes.',
    }),
    consumerNamespaceSelector: consumerNamespaceSelector().optional(),
  }),
  [
    {
      rule: 'has(self.firmware) == has(oldSelf.firmware) && (!has(self.firmware) || self.firmware == oldSelf.firmware)',
      message: 'is immutable: make another VMClass',
      fieldPath: '.firmware',
    },
  ],
);

/** The schema of a whole VMClass. */
export const vmClassObject = objectWithoutStatus('VMClass', { spec: vmClassSpec });

/** A size that many virtual machines share, with defaults filled in. */
export type VMClass = z.output<typeof vmClassObject>;
/** A size that many virtual machines share, as a person writes it. */
export type VMClassInput = z.input<typeof vmClassObject>;
/** `spec` of a {@link VMClass}. */
export type VMClassSpec = z.output<typeof vmClassSpec>;
