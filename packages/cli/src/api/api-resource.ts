import type { ResourceDescriptor } from '@virtrigaud/kube-runtime';

/** A resource of the API, with the names that people call it by. */
export interface ApiResource extends ResourceDescriptor {
  readonly singular: string;
  readonly shortNames: readonly string[];
  readonly categories: readonly string[];
}

/** What kubectl prints before the slash: `virtualmachine.infra.virtrigaud.io`, `secret`. */
export function qualifiedName({ singular, group }: ApiResource): string {
  return group === '' ? singular : `${singular}.${group}`;
}

/** Whether `name` means this resource: plural, singular, kind or short name, in any case, with the group or without. */
export function isCalled(resource: ApiResource, name: string): boolean {
  const { plural, singular, kind, shortNames, group, version } = resource;
  const names = [plural, singular, kind, ...shortNames].map((one) => one.toLowerCase());
  const wanted = name.toLowerCase();
  return names.some((one) => wanted === one || wanted === `${one}.${group}` || wanted === `${one}.${version}.${group}`);
}

/** The path of a collection, or of one object in it. */
export function pathOf(
  { group, version, plural, namespaced }: ApiResource,
  place: { readonly namespace?: string | undefined; readonly name?: string | undefined },
): string {
  const root = group === '' ? `/api/${version}` : `/apis/${group}/${version}`;
  const scope = namespaced && place.namespace !== undefined ? `/namespaces/${encodeURIComponent(place.namespace)}` : '';
  const name = place.name === undefined ? '' : `/${encodeURIComponent(place.name)}`;
  return `${root}${scope}/${plural}${name}`;
}
