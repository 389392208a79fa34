import { accessSync, constants, existsSync, readFileSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { delimiter, dirname, extname, isAbsolute, join, resolve } from 'node:path';
import { ManagerError } from '../../errors.ts';

/** How to start a provider as a program. */
export interface ProviderProgram {
  readonly command: string;
  readonly args: readonly string[];
}

/** Where provider programs are looked for. */
export interface ProgramSearch {
  /** Type to package, path or command, given by a person; wins over the names below. */
  readonly given: Readonly<Record<string, string>>;
  /** Directories to resolve from, in order: the current one, then the manager's own. */
  readonly from: readonly string[];
  /** `PATH`: where a command is looked for. */
  readonly path: string;
  /** The program and options of this Node. */
  readonly node: ProviderProgram;
  /** This program runs from its sources: so does a package of the workspace. */
  readonly runsFromSource: boolean;
}

const scripts: ReadonlySet<string> = new Set(['.js', '.mjs', '.cjs', '.ts', '.mts']);

/**
 * Finds the program that serves a type of hypervisor: the `bin` of the package that was given, or of `@virtrigaud/provider-<type>`,
 * or of `virtrigaud-provider-<type>`; a script, which Node runs; or a command with its arguments.
 *
 * @throws {@link ManagerError} `PackageMissing`: there is none; `PackageInvalid`: a package that has no program.
 */
export function findProviderProgram(type: string, search: ProgramSearch): ProviderProgram {
  const given = search.given[type];
  const names = given === undefined ? [`@virtrigaud/provider-${type}`, `virtrigaud-provider-${type}`] : [given];
  for (const name of names) {
    const directory = packageDirectory(name, search.from);
    if (directory !== undefined) return programOfPackage(type, directory, search);
  }
  const command = given === undefined ? undefined : findCommand(given, search);
  if (command) return command;
  throw new ManagerError(
    'PackageMissing',
    given === undefined
      ? `no program serves the type ${type}: looked for the packages ${names.join(', ')}; install one of them`
      : `no program serves the type ${type}: ${given} is no package, no script and no command; give --provider ${type}=<package, path or command>`,
  );
}

/** The directory of a package, given by its name or its path. */
function packageDirectory(name: string, from: readonly string[]): string | undefined {
  for (const directory of from) {
    const path = resolve(directory, name);
    if (isPath(name)) {
      if (existsSync(join(path, 'package.json'))) return path;
      continue;
    }
    try {
      return dirname(createRequire(join(directory, 'virtrigaud-manager.js')).resolve(`${name}/package.json`));
    } catch {
      // Not to be found from this directory: the next one is tried, and in the end the names are reported.
    }
  }
  return undefined;
}

function programOfPackage(type: string, directory: string, { node, runsFromSource }: ProgramSearch): ProviderProgram {
  const { name = directory, bin } = JSON.parse(readFileSync(join(directory, 'package.json'), 'utf8')) as {
    readonly name?: string;
    readonly bin?: string | Readonly<Record<string, string>>;
  };
  const source = join(directory, 'src', 'main.ts');
  if (runsFromSource && existsSync(source)) return { ...node, args: [...node.args, source] };
  const file = typeof bin === 'string' ? bin : Object.values(bin ?? {})[0];
  if (file === undefined) {
    throw new ManagerError(
      'PackageInvalid',
      `the package ${name} for ${type} has no program: its package.json needs a bin; or serve it InProcess`,
    );
  }
  return { ...node, args: [...node.args, join(directory, file)] };
}

/** A script or an executable file, with the arguments that follow it. */
function findCommand(text: string, { from, path, node }: ProgramSearch): ProviderProgram | undefined {
  const [word = '', ...args] = text.trim().split(/\s+/);
  const places = isPath(word) ? from : path.split(delimiter);
  for (const place of places) {
    const file = resolve(place, word);
    if (!isFile(file)) continue;
    if (scripts.has(extname(file))) return { ...node, args: [...node.args, file, ...args] };
    if (isExecutable(file)) return { command: file, args };
  }
  return undefined;
}

function isPath(name: string): boolean {
  return name.startsWith('.') || isAbsolute(name);
}

function isFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() ?? false;
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    // Not ours to run: it is not the command that was meant.
    return false;
  }
}
