import { Command, CommanderError, Option } from 'commander';
import { backup, type BackupFlags } from './commands/backup.ts';
import { apply, type ApplyFlags } from './commands/apply.ts';
import { remove, type DeleteFlags } from './commands/delete.ts';
import { describe } from './commands/describe.ts';
import type { GetFlags } from './commands/get-table.ts';
import { get } from './commands/get.ts';
import { kubeconfig } from './commands/kubeconfig.ts';
import { down, type DownFlags } from './commands/down.ts';
import { logs, type LogsFlags } from './commands/logs.ts';
import { power, powerActions } from './commands/power.ts';
import { release, type ReleaseFlags } from './commands/release.ts';
import { restore, type RestoreFlags } from './commands/restore.ts';
import { status, type StatusFlags } from './commands/status.ts';
import { wait, type WaitFlags } from './commands/wait.ts';
import { failureLine } from './output/failure.ts';
import type { TargetFlags } from './target/session.ts';
import type { System } from './terminal/terminal.ts';
import { up, type UpFlags } from './up/up.ts';

const collect = (value: string, former: readonly string[] = []) => [...former, value];

/**
 * Runs the command line.
 *
 * @param argv - without Node and the script.
 * @returns the exit code: 0, 1 after a failure that was told in one line, 130 after an interruption.
 * @throws what is a bug of ours.
 */
export async function runProgram(
  argv: readonly string[],
  options: { readonly system: System; readonly version: string },
): Promise<number> {
  const { system } = options;
  const program = createProgram(options);
  try {
    await program.parseAsync(argv, { from: 'user' });
    return 0;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode;
    const line = failureLine(error);
    if (line === undefined) throw error;
    system.terminal.note(`virtrigaud: ${line}\n`);
    return system.signal.aborted ? 130 : 1;
  }
}

function createProgram({ system, version }: { readonly system: System; readonly version: string }): Command {
  const { terminal } = system;
  const program = new Command('virtrigaud')
    .description('Virtual machines as Kubernetes objects, on one machine or on a cluster.')
    .version(version)
    .option(
      '--kubeconfig <file>',
      'the API server to use; else VIRTRIGAUD_KUBECONFIG, a running `up`, the standard kubeconfig',
    )
    .option('--context <name>', 'the context of the kubeconfig to use')
    .option('-n, --namespace <name>', 'the namespace to use; else that of the context')
    .exitOverride()
    .configureOutput({ writeOut: (text) => terminal.out(text), writeErr: (text) => terminal.note(text) });
  addUp(program, system);
  addDayTwo(program, system);
  addBackups(program, system);
  addObjectCommands(program, system);
  addPowerCommands(program, system);
  // Commands made above inherit neither of these.
  for (const command of program.commands) command.copyInheritedSettings(program);
  return program;
}

function addUp(program: Command, system: System): void {
  program
    .command('up')
    .description('run the API server and the manager on this machine, until Ctrl-C')
    .option('--state <directory>', 'where everything is kept; else in your data directory')
    .option('--listen <host:port>', 'where the API server listens; port 0 takes a free one', '127.0.0.1:0')
    .option(
      '--provider <type=path>',
      'a package, path or (Remote) command that serves a type of hypervisor; may be given several times',
      collect,
      [],
    )
    .option(
      '--operations <host:port>',
      'where the manager serves health and metrics; port 0 takes a free one',
      '127.0.0.1:0',
    )
    .option('--demo', 'apply a virtual machine on a mock hypervisor')
    .option('-d, --detach', 'return when everything runs, and let it run on')
    .option(
      '--inspect <process>',
      'let a debugger attach: manager, apiserver or provider/NAME, =PORT; may be given several times',
      collect,
    )
    .option('--watch', 'start a program again when one of its sources changes')
    .action((flags: UpFlags) => up(flags, system));
}

const STATE = ['--state <directory>', 'the state directory of the `up`; else that of the one that runs'] as const;
const json = (what: string) => new Option('-o, --output <format>', what).choices(['json']);

function addDayTwo(program: Command, system: System): void {
  program
    .command('status')
    .description('say whether the API server, the manager, Providers and machines are well; exit code 1 when not')
    .option(...STATE)
    .addOption(json('for a script'))
    .action((flags: StatusFlags) => status(flags, system));
  program
    .command('down')
    .description('end the `up` that runs, as Ctrl-C does; virtual machines run on')
    .option(...STATE)
    .option('--timeout <time>', 'how long to wait until it has ended', '1m')
    .action((flags: DownFlags) => down(flags, system));
  program
    .command('logs')
    .description('print what the programs of an `up` have logged, also when it has ended')
    .argument('[of]', 'manager, apiserver, up, or provider/NAME; else all')
    .option('-f, --follow', 'go on with each new line, until interrupted')
    .option('--tail <lines>', 'how many of the last lines; or all', '200')
    .addOption(json('the lines as they are in the files'))
    .option(...STATE)
    .action((of: string | undefined, flags: LogsFlags) => logs(of, flags, system));
}

function addBackups(program: Command, system: System): void {
  program
    .command('backup')
    .description('keep all objects of the `up` that runs in a file, while it works on')
    .argument('<file>', 'a new file; it will hold Secrets')
    .addOption(json('for a script'))
    .option(...STATE)
    .action((file: string, flags: BackupFlags) => backup(file, flags, system));
  program
    .command('restore')
    .description('bring the objects of a backup back where no `up` runs; what was there is kept beside it')
    .argument('<file>', 'a file that backup has made')
    .addOption(json('for a script'))
    .option('--state <directory>', 'the state directory; else that in your data directory')
    .action((file: string, flags: RestoreFlags) => restore(file, flags, system));
}

function addObjectCommands(program: Command, system: System): void {
  program
    .command('apply')
    .description('bring objects to what files say')
    .requiredOption(
      '-f, --filename <path>',
      'a file, a directory, or - for standard input; may be given several times',
      collect,
    )
    .action((_flags, command: Command) => apply(command.optsWithGlobals<ApplyFlags>(), system));
  program
    .command('get')
    .description('print objects: vm, vm/web-1, vm,vmimg, all')
    .argument('<resource...>')
    .addOption(new Option('-o, --output <format>', 'how to print').choices(['json', 'yaml', 'wide', 'name']))
    .option('-w, --watch', 'print a row for each change, until interrupted')
    .option('-A, --all-namespaces', 'of every namespace')
    .option('-l, --selector <labels>', 'only objects with these labels: app=web,tier!=db')
    .action((words: string[], _flags, command: Command) => get(words, command.optsWithGlobals<GetFlags>(), system));
  program
    .command('describe')
    .description('print objects with their conditions and events')
    .argument('<resource...>')
    .action((words: string[], _flags, command: Command) =>
      describe(words, command.optsWithGlobals<TargetFlags>(), system),
    );
  program
    .command('delete')
    .description('delete objects, and wait until they are gone')
    .argument('[resource...]')
    .option('-f, --filename <path>', 'the objects of a file or directory; may be given several times', collect)
    .option('--no-wait', 'return when the deletion is asked for')
    .option('--timeout <time>', 'how long to wait', '10m')
    .option('-y, --yes', 'do not ask')
    .option('--ignore-not-found', 'an object that is not there is no failure')
    .action((words: string[], _flags, command: Command) =>
      remove(words, command.optsWithGlobals<DeleteFlags>(), system),
    );
  program
    .command('wait')
    .description('wait until objects are as asked')
    .argument('<resource...>')
    .requiredOption('--for <goal>', 'condition=NAME, condition=NAME=STATUS, or delete')
    .option('--timeout <time>', 'how long to wait, for all of them together', '5m')
    .action((words: string[], _flags, command: Command) => wait(words, command.optsWithGlobals<WaitFlags>(), system));
}

function addPowerCommands(program: Command, system: System): void {
  program
    .command('power')
    .description('power virtual machines on or off, shut them down, or reboot them')
    .argument('<action>', powerActions.join(', '))
    .argument('<name...>')
    .action((action: string, names: string[], _flags, command: Command) =>
      power({ action, names }, command.optsWithGlobals<TargetFlags>(), system),
    );
  program
    .command('release')
    .description('let machines go that bear our stamp and that no object owns, after showing them')
    .argument('<provider>', 'provider/NAME')
    .option('-y, --yes', 'take the stamps off those that are shown; without it nothing is changed')
    .option('--timeout <time>', 'how long to wait until they are let go', '1m')
    .action((word: string, _flags, command: Command) => release(word, command.optsWithGlobals<ReleaseFlags>(), system));
  program
    .command('kubeconfig')
    .description('print the path of the kubeconfig, for export KUBECONFIG=$(virtrigaud kubeconfig)')
    .action((_flags, command: Command) => kubeconfig(command.optsWithGlobals<TargetFlags>(), system));
}
