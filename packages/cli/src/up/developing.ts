import { CliError } from '../cli-error.ts';
import type { ProgramName } from './programs.ts';

/** What somebody who works on a program asks for. */
export interface Developing {
  /** Processes to which a debugger may attach: `manager`, `apiserver`, `provider/NAME`; each may end in `=PORT`. */
  readonly inspect?: readonly string[];
  /** Whether programs start again when one of their sources changes. */
  readonly watch?: boolean;
}

/**
 * The arguments of Node that development adds to a program.
 *
 * A provider that has no process of its own is debugged where it runs: in the manager.
 *
 * @throws {@link CliError} `BadInput` for a process that there is not.
 */
export function developing({ inspect = [], watch = false }: Developing, name: ProgramName): readonly string[] {
  const wanted = inspect.map(parseInspect).find(({ program }) => program === name);
  return [
    ...(wanted === undefined ? [] : [`--inspect=127.0.0.1:${wanted.port}`]),
    ...(watch ? ['--watch', '--watch-preserve-output'] : []),
  ];
}

/** Reads `PROCESS` or `PROCESS=PORT`; the port is 0, a free one, where none is given. */
function parseInspect(text: string): { readonly program: ProgramName; readonly port: number } {
  const [, process_, port = '0'] = /^([^=]+)(?:=(\d{1,5}))?$/.exec(text) ?? [];
  const program = process_?.startsWith('provider/') ? 'manager' : process_;
  if ((program !== 'manager' && program !== 'apiserver') || Number(port) > 65_535) {
    throw new CliError(
      'BadInput',
      `--inspect ${text}: write manager, apiserver or provider/NAME, and =PORT if you like`,
    );
  }
  return { program, port: Number(port) };
}
