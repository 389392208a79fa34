import { isNotFound, type Transport } from '@virtrigaud/kube-runtime';
import type { ApiResource } from './api-resource.ts';

interface ResourceList {
  readonly groupVersion?: string;
  readonly resources?: readonly {
    readonly name: string;
    readonly singularName?: string;
    readonly kind: string;
    readonly namespaced: boolean;
    readonly shortNames?: readonly string[];
    readonly categories?: readonly string[];
  }[];
}

interface GroupList {
  readonly groups?: readonly { readonly preferredVersion?: { readonly groupVersion?: string } }[];
}

/**
 * Asks an API server what it has of one group and version.
 *
 * @param apiVersion - `v1`, `apps/v1`.
 * @returns nothing when the server does not know the group.
 */
export async function discover(transport: Transport, apiVersion: string): Promise<readonly ApiResource[]> {
  const [group, version] = apiVersion.includes('/') ? apiVersion.split('/', 2) : ['', apiVersion];
  const path = group === '' ? `/api/${version}` : `/apis/${group}/${version}`;
  try {
    const { resources = [] } = (await transport.request({ method: 'GET', path })) as ResourceList;
    return resources
      .filter(({ name }) => !name.includes('/'))
      .map(({ name, singularName, kind, namespaced, shortNames, categories }) => ({
        group: group ?? '',
        version: version ?? '',
        plural: name,
        singular: singularName || kind.toLowerCase(),
        kind,
        namespaced,
        shortNames: shortNames ?? [],
        categories: categories ?? [],
      }));
  } catch (error) {
    if (isNotFound(error)) return [];
    throw error;
  }
}

/** Every `apiVersion` that an API server prefers; the core group's first. */
export async function preferredVersions(transport: Transport): Promise<readonly string[]> {
  const { groups = [] } = (await transport.request({ method: 'GET', path: '/apis' })) as GroupList;
  return ['v1', ...groups.flatMap(({ preferredVersion }) => preferredVersion?.groupVersion ?? [])];
}
