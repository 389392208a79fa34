import type { Transport } from '@virtrigaud/kube-runtime';
import { CliError } from '../cli-error.ts';
import { isCalled, type ApiResource } from './api-resource.ts';
import { discover, preferredVersions } from './discovery.ts';
import { knownResources } from './known-resources.ts';

/**
 * Finds the resource, or the resources of the category, that a word of the command line means.
 *
 * @throws {@link CliError} `BadInput` when the server has no such resource.
 */
export async function resolveName(transport: Transport, name: string): Promise<readonly ApiResource[]> {
  const known = knownResources.filter((resource) => isCalled(resource, name));
  if (known.length > 0) return known.slice(0, 1);
  const ofCategory = knownResources.filter(({ categories }) => categories.includes(name));
  if (ofCategory.length > 0) return ofCategory;
  for (const apiVersion of await preferredVersions(transport)) {
    const found = (await discover(transport, apiVersion)).find((resource) => isCalled(resource, name));
    if (found !== undefined) return [found];
  }
  const ours = knownResources.map(({ plural }) => plural).join(', ');
  throw new CliError('BadInput', `the server has no resource ${name}; among others there are ${ours}`);
}

/** {@link resolveName} for a command that works on one kind of object. */
export async function resolveOne(transport: Transport, name: string): Promise<ApiResource> {
  const [resource, ...more] = await resolveName(transport, name);
  if (resource !== undefined && more.length === 0) return resource;
  throw new CliError('BadInput', `${name} means several kinds of object: name one`);
}

/**
 * Finds the resource that holds the objects of a kind.
 *
 * @throws {@link CliError} `BadInput` when the server has no such kind.
 */
export async function resolveKind(
  transport: Transport,
  { apiVersion, kind }: { readonly apiVersion: string; readonly kind: string },
): Promise<ApiResource> {
  const known = knownResources.find((resource) => resource.kind === kind && versionsOf(resource).includes(apiVersion));
  if (known !== undefined) return { ...known, version: apiVersion.slice(apiVersion.indexOf('/') + 1) };
  const found = (await discover(transport, apiVersion)).find((resource) => resource.kind === kind);
  if (found !== undefined) return found;
  throw new CliError('BadInput', `the server has no kind ${kind} in ${apiVersion}`);
}

const versionsOf = ({ group, version, ...rest }: ApiResource & { readonly versions?: readonly string[] }) =>
  (rest.versions ?? [version]).map((one) => (group === '' ? one : `${group}/${one}`));
