import type { JsonObject } from '../json-value.ts';
import { apiVersionOf } from '../registry/resource-definition.ts';
import type { Registry, Served, ServedGroup } from '../registry/registry.ts';

/** The version that this server claims, so that clients know what to expect of it. */
export const kubernetesVersion: JsonObject = {
  major: '1',
  minor: '36',
  gitVersion: 'v1.36.0+virtrigaud',
  gitCommit: '',
  gitTreeState: 'clean',
  buildDate: '1970-01-01T00:00:00Z',
  goVersion: 'none',
  compiler: 'none',
  platform: `${process.platform}/${process.arch === 'x64' ? 'amd64' : process.arch}`,
};

/** `GET /api` of old clients. */
export function coreVersions(): JsonObject {
  return { kind: 'APIVersions', versions: ['v1'], serverAddressByClientCIDRs: [] };
}

/** `GET /apis` of old clients. */
export function groupList(registry: Registry): JsonObject {
  const groups = registry.groups.filter((group) => group.name !== '').map(groupEntry);
  return { kind: 'APIGroupList', apiVersion: 'v1', groups };
}

/** `GET /apis/GROUP`. */
export function groupDocument(group: ServedGroup): JsonObject {
  return { kind: 'APIGroup', apiVersion: 'v1', ...groupEntry(group) };
}

/** `GET /apis/GROUP/VERSION`. */
export function resourceList(group: string, version: string, resources: readonly Served[]): JsonObject {
  return {
    kind: 'APIResourceList',
    apiVersion: 'v1',
    groupVersion: apiVersionOf(group, version),
    resources: resources.flatMap(resourceEntries),
  };
}

/** `GET /api` and `GET /apis` of clients that want all at once. */
export function aggregatedDiscovery(groups: readonly ServedGroup[]): JsonObject {
  return {
    kind: 'APIGroupDiscoveryList',
    apiVersion: 'apidiscovery.k8s.io/v2',
    metadata: {},
    items: groups.map((group) => ({
      metadata: { name: group.name, creationTimestamp: null },
      versions: group.versions.map(({ name, resources }) => ({
        version: name,
        resources: resources.map((served) => aggregatedResource(served, name)),
        freshness: 'Current',
      })),
    })),
  };
}

function groupEntry(group: ServedGroup): JsonObject {
  const versions = group.versions.map(({ name }) => ({
    groupVersion: apiVersionOf(group.name, name),
    version: name,
  }));
  return { name: group.name, versions, preferredVersion: versions[0] };
}

function resourceEntries({ definition, version }: Served): readonly JsonObject[] {
  const { plural, singular, namespaced, kind, verbs, shortNames, categories } = definition;
  const main = {
    name: plural,
    singularName: singular,
    namespaced,
    kind,
    verbs,
    ...(shortNames.length > 0 && { shortNames }),
    ...(categories.length > 0 && { categories }),
  };
  const status = { name: `${plural}/status`, singularName: '', namespaced, kind, verbs: statusVerbs };
  return version.hasStatus ? [main, status] : [main];
}

const statusVerbs = ['get', 'patch', 'update'];

function aggregatedResource({ definition, version }: Served, versionName: string): JsonObject {
  const { group, plural, singular, namespaced, kind, verbs, shortNames, categories } = definition;
  const responseKind = { group, version: versionName, kind };
  return {
    resource: plural,
    responseKind,
    scope: namespaced ? 'Namespaced' : 'Cluster',
    singularResource: singular,
    verbs,
    ...(shortNames.length > 0 && { shortNames }),
    ...(categories.length > 0 && { categories }),
    ...(version.hasStatus && { subresources: [{ subresource: 'status', responseKind, verbs: statusVerbs }] }),
  };
}
