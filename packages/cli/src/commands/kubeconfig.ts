import { CliError } from '../cli-error.ts';
import { targetOf, type TargetFlags } from '../target/session.ts';
import type { System } from '../terminal/terminal.ts';

/** Prints the path of the kubeconfig that the other commands use, for `export KUBECONFIG=$(virtrigaud kubeconfig)`. */
export async function kubeconfig(flags: TargetFlags, system: System): Promise<void> {
  const { path } = await targetOf(flags, system);
  if (path === undefined)
    throw new CliError(
      'NoTarget',
      'no virtrigaud up runs: kubectl uses its own kubeconfig already, or start one with `virtrigaud up`',
    );
  system.terminal.out(`${path}\n`);
}
