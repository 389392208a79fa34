import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { Backdoor } from './backdoor.ts';
import { ConformanceError } from './check-failure.ts';
import type { Profile } from './profile.ts';

const run = promisify(execFile);
const TIMEOUT_MS = 120_000;

/** A {@link Backdoor} of programs, for authors in any language: started without a shell, arguments appended, one id a line on stdout. */
export function commandBackdoor(commands: NonNullable<Profile['backdoor']>): Backdoor {
  const answers = (command: readonly string[] | undefined) =>
    command && ((...args: readonly string[]) => linesOf(command, args));
  const first = (command: readonly string[] | undefined) => {
    const lines = answers(command);
    return (
      lines &&
      (async (...args: readonly string[]) => {
        const [id] = await lines(...args);
        if (id === undefined) throw misused(command, 'it has to print an answer: the id of what it made, or a number');
        return id;
      })
    );
  };
  const effect = (command: readonly string[] | undefined) => {
    const lines = answers(command);
    return lines && (async (...args: readonly string[]) => void (await lines(...args)));
  };
  const delayCreates = effect(commands.delayCreates);
  const countLogins = first(commands.countLogins);
  return withoutAbsent({
    listVmIds: answers(commands.listVmIds),
    listDiskIds: answers(commands.listDiskIds),
    defineVm: first(commands.defineVm),
    copyVm: first(commands.copyVm),
    removeVm: effect(commands.removeVm),
    delayCreates: delayCreates && ((milliseconds: number) => delayCreates(String(milliseconds))),
    cutOff: effect(commands.cutOff),
    reconnect: effect(commands.reconnect),
    refuseLogins: effect(commands.refuseLogins),
    admitLogins: effect(commands.admitLogins),
    countLogins: countLogins && (async () => Number(await countLogins())),
  });
}

async function linesOf(
  [program = '', ...given]: readonly string[],
  args: readonly string[],
): Promise<readonly string[]> {
  try {
    const { stdout } = await run(program, [...given, ...args], { timeout: TIMEOUT_MS });
    return stdout
      .split('\n')
      .map((line) => line.trim())
      .filter((line) => line !== '');
  } catch (cause) {
    throw misused([program, ...given], cause instanceof Error ? cause.message : String(cause));
  }
}

function misused(command: readonly string[] | undefined, why: string): ConformanceError {
  return new ConformanceError({ kind: 'misused', why: `the backdoor's command ${(command ?? []).join(' ')}: ${why}` });
}

function withoutAbsent(methods: { readonly [M in keyof Backdoor]: Backdoor[M] | undefined }): Backdoor {
  return Object.fromEntries(Object.entries(methods).filter(([, method]) => method !== undefined));
}
