import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { isAbsolute, join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { HostedProvider } from '@virtrigaud/service-kit';
import { ManagerError } from '../errors.ts';

/** Where provider packages are looked for. */
export interface PackageSearch {
  /** Type to package name or path, given by a person; wins over the names below. */
  readonly given: Readonly<Record<string, string>>;
  /** Directories to resolve from, in order: the current one, then the manager's own. */
  readonly from: readonly string[];
  /** Imports a module by its URL. */
  readonly load: (url: string) => Promise<unknown>;
}

/**
 * Finds the package that serves a type of hypervisor: as given, else `@virtrigaud/provider-<type>`, else
 * `virtrigaud-provider-<type>`, and loads it.
 *
 * @throws {@link ManagerError} `PackageMissing`: there is none; `PackageInvalid`: it is no provider, or not of this type.
 */
export async function findProviderPackage(type: string, search: PackageSearch): Promise<HostedProvider> {
  const given = search.given[type];
  const names = given === undefined ? [`@virtrigaud/provider-${type}`, `virtrigaud-provider-${type}`] : [given];
  const url = names.flatMap((name) => search.from.flatMap((directory) => resolveModule(name, directory) ?? []))[0];
  if (url === undefined) {
    throw new ManagerError(
      'PackageMissing',
      `no package serves the type ${type}: looked for ${names.join(', ')}; install one of them`,
    );
  }
  let module: unknown;
  try {
    module = await search.load(url);
  } catch (cause) {
    throw new ManagerError(
      'PackageInvalid',
      `the package for ${type} (${names.join(', ')}) could not be loaded: ${wordsOf(cause)}`,
      { cause },
    );
  }
  return checkProvider(type, module);
}

/** The address to import a package, a directory of one, or a file from; undefined: it is not there. */
function resolveModule(name: string, directory: string): string | undefined {
  const isPath = name.startsWith('.') || isAbsolute(name);
  const path = resolve(directory, name);
  const ownName = isPath ? packageName(path) : undefined;
  // A package in a directory is asked for by its own name from within, so that its exports decide.
  const [base, target] = ownName === undefined ? [directory, isPath ? path : name] : [path, ownName];
  try {
    return pathToFileURL(createRequire(join(base, 'virtrigaud-manager.js')).resolve(target)).href;
  } catch {
    // Not to be found from this directory: the next one is tried, and in the end the names are reported.
    return undefined;
  }
}

function packageName(directory: string): string | undefined {
  try {
    const { name } = JSON.parse(readFileSync(join(directory, 'package.json'), 'utf8')) as { readonly name?: string };
    return name;
  } catch {
    // Not a directory of a package: then it is a file.
    return undefined;
  }
}

function checkProvider(type: string, module: unknown): HostedProvider {
  const candidate: unknown =
    typeof module === 'object' && module !== null && 'default' in module ? module.default : undefined;
  if (!isHostedProvider(candidate)) {
    throw new ManagerError(
      'PackageInvalid',
      `the package for ${type} does not default-export a provider; it has to export what defineProvider makes`,
    );
  }
  if (candidate.type !== type) {
    throw new ManagerError(
      'PackageInvalid',
      `the package for ${type} serves ${candidate.type}; give the package that serves ${type}`,
    );
  }
  return candidate;
}

function isHostedProvider(value: unknown): value is HostedProvider {
  if (typeof value !== 'object' || value === null) return false;
  const candidate = value as Partial<HostedProvider>;
  return (
    typeof candidate.type === 'string' && typeof candidate.version === 'string' && typeof candidate.serve === 'function'
  );
}

function wordsOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
