import { compareVersions } from './compare-versions.ts';
import type { ResourceDefinition, ResourceVersion } from './resource-definition.ts';

/** A resource in one of its versions. */
export interface Served {
  readonly definition: ResourceDefinition;
  readonly version: ResourceVersion;
}

/** One group's resources, by version; the version to prefer comes first. */
export interface ServedGroup {
  readonly name: string;
  readonly versions: readonly { readonly name: string; readonly resources: readonly Served[] }[];
}

/** All resources that are served. They do not change while the server runs. */
export class Registry {
  readonly definitions: readonly ResourceDefinition[];
  readonly groups: readonly ServedGroup[];
  readonly #byPath: ReadonlyMap<string, Served>;

  constructor(definitions: readonly ResourceDefinition[]) {
    this.definitions = definitions;
    const served = definitions.flatMap((definition) => definition.versions.map((version) => ({ definition, version })));
    this.#byPath = new Map(
      served.map((each) => [`${each.definition.group}/${each.version.name}/${each.definition.plural}`, each]),
    );
    this.groups = [...Map.groupBy(served, (each) => each.definition.group)].map(([name, members]) => ({
      name,
      versions: [...Map.groupBy(members, (each) => each.version.name)]
        .map(([version, resources]) => ({ name: version, resources }))
        .sort((left, right) => compareVersions(left.name, right.name)),
    }));
  }

  /** The resource at a path; undefined when there is none. */
  find(group: string, version: string, plural: string): Served | undefined {
    return this.#byPath.get(`${group}/${version}/${plural}`);
  }
}
