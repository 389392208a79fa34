import { z } from 'zod';
import { objectName, text } from '../schema/scalar.ts';
import { withRules } from '../schema/rule.ts';

const source = () =>
  withRules(
    z.strictObject({
      inline: text(65_536).optional(),
      secretRef: z
        .strictObject({
          name: objectName(),
          key: text(253).optional().meta({ description: 'Omitted: the first of the usual keys that the Secret has.' }),
        })
        .optional()
        .meta({ description: 'A Secret in the namespace of the VirtualMachine.' }),
    }),
    [
      {
        rule: 'has(self.inline) != has(self.secretRef)',
        message: 'needs exactly one of inline, secretRef',
        holds: (self) => (self.inline !== undefined) !== (self.secretRef !== undefined),
      },
    ],
  );

/** What the guest is told at its first boot. */
export const userData = () =>
  withRules(z.strictObject({ cloudInit: source().optional(), ignition: source().optional() }), [
    {
      rule: 'has(self.cloudInit) != has(self.ignition)',
      message: 'needs exactly one of cloudInit, ignition',
      holds: (self) => (self.cloudInit !== undefined) !== (self.ignition !== undefined),
    },
  ]);

/** cloud-init's meta-data, in place of the instance-id and local-hostname that are made up otherwise. */
export const metaData = () => z.strictObject({ cloudInit: source() });

/** Text for the guest, inline or in a Secret. */
export type GuestDataSource = z.output<ReturnType<typeof source>>;
