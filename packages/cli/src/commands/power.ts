import { randomUUID } from 'node:crypto';
import { Annotation, kinds } from '@virtrigaud/api-types';
import { isNotFound, objectKey, resource } from '@virtrigaud/kube-runtime';
import { CliError } from '../cli-error.ts';
import { withSession, type TargetFlags } from '../target/session.ts';
import type { System } from '../terminal/terminal.ts';

/** What a machine can be told. */
export const powerActions = ['on', 'off', 'shutdown', 'reboot'] as const;
/** What a machine is told. */
export type PowerAction = (typeof powerActions)[number];

/** What is written to bring an action about. */
export function powerPatch(action: PowerAction, token: string): Readonly<Record<string, unknown>> {
  switch (action) {
    case 'on':
      return { spec: { powerState: 'On' } };
    case 'off':
      return { spec: { powerState: 'Off' } };
    case 'shutdown':
      return { spec: { powerState: 'OffGraceful' } };
    case 'reboot':
      return { metadata: { annotations: { [Annotation.Restart]: token } } };
  }
}

/** Tells machines to power on, off, to shut their guest down, or to reboot. Returns when that is written, not when it is done. */
export async function power(
  given: { readonly action: string; readonly names: readonly string[] },
  flags: TargetFlags,
  system: System,
): Promise<void> {
  const action = powerActions.find((one) => one === given.action);
  if (action === undefined) throw new CliError('BadInput', `${given.action}: write one of ${powerActions.join(', ')}`);
  await withSession(flags, system, async (session) => {
    const client = resource(session.transport, kinds.VirtualMachine);
    for (const name of given.names.map((word) => word.replace(/^(vm|virtualmachine)s?\//, ''))) {
      const key = objectKey({ namespace: session.namespace, name });
      try {
        await client.mergePatch(key, powerPatch(action, randomUUID()), {
          fieldManager: 'virtrigaud',
          signal: system.signal,
        });
      } catch (error) {
        if (!isNotFound(error)) throw error;
        throw new CliError('Refused', `there is no VirtualMachine ${name} in namespace ${session.namespace}`, {
          cause: error,
        });
      }
      system.terminal.out(`virtualmachine.infra.virtrigaud.io/${name} ${action} asked\n`);
    }
  });
}
