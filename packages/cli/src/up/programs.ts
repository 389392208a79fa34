import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

/** The programs that `up` starts. */
export const programs = {
  apiserver: { title: 'API server', packageName: '@virtrigaud/embedded-apiserver', bin: 'virtrigaud-apiserver.js' },
  manager: { title: 'manager', packageName: '@virtrigaud/manager', bin: 'virtrigaud-manager.js' },
} as const;

/** The name of a program that `up` starts. */
export type ProgramName = keyof typeof programs;

/** How to start a program: arguments of Node, before those of the program. */
export type NodeArguments = readonly string[];

/**
 * Finds a program's package beside this one. A package that is not built, as in a checkout of the sources, runs from its sources.
 *
 * @param from - URL of a module of this package.
 */
export function findProgram(name: ProgramName, from: string): NodeArguments {
  const { packageName, bin } = programs[name];
  const directory = packageDirectory(packageName, from);
  const runsFromSource = from.endsWith('.ts') || !existsSync(join(directory, 'dist', 'main.js'));
  return runsFromSource
    ? ['--conditions=@virtrigaud/source', '--disable-warning=ExperimentalWarning', join(directory, 'src', 'main.ts')]
    : ['--disable-warning=ExperimentalWarning', join(directory, 'bin', bin)];
}

/** The CRD files of the kinds of VirtRigaud. */
export function crdDirectory(from: string): string {
  return join(packageDirectory('@virtrigaud/api-types', from), 'crds');
}

function packageDirectory(packageName: string, from: string): string {
  return dirname(createRequire(from).resolve(`${packageName}/package.json`));
}
