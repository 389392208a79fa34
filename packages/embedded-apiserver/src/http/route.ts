import type { Registry, Served } from '../registry/registry.ts';

/** What an address means. */
export type Route =
  | { readonly kind: 'health' }
  | { readonly kind: 'version' }
  | { readonly kind: 'backup' }
  | { readonly kind: 'root' }
  | { readonly kind: 'core' }
  | { readonly kind: 'groups' }
  | { readonly kind: 'group'; readonly group: string }
  | { readonly kind: 'groupVersion'; readonly group: string; readonly version: string }
  | { readonly kind: 'openapiV2' }
  | { readonly kind: 'openapiV3' }
  | { readonly kind: 'openapiV3Document'; readonly path: string }
  | {
      readonly kind: 'resource';
      readonly served: Served;
      /** '' for all namespaces, or none. */
      readonly namespace: string;
      /** '' for the collection. */
      readonly name: string;
      /** '' for the object itself. */
      readonly subresource: string;
    }
  | { readonly kind: 'unknown' };

/** Finds out what an address means. */
export function routeOf(pathname: string, registry: Registry): Route {
  const parts = pathname
    .split('/')
    .filter((part) => part !== '')
    .map(decode);
  const [first, second, third] = parts;
  switch (first) {
    case undefined:
      return { kind: 'root' };
    case 'healthz':
    case 'readyz':
    case 'livez':
      return { kind: 'health' };
    case 'version':
      return parts.length === 1 ? { kind: 'version' } : { kind: 'unknown' };
    case 'backup':
      return parts.length === 1 ? { kind: 'backup' } : { kind: 'unknown' };
    case 'openapi':
      return openapiRoute(parts);
    case 'api':
      if (second === undefined) return { kind: 'core' };
      return groupRoute({ group: '', version: second, rest: parts.slice(2) }, registry);
    case 'apis':
      if (second === undefined) return { kind: 'groups' };
      if (third === undefined) return { kind: 'group', group: second };
      return groupRoute({ group: second, version: third, rest: parts.slice(3) }, registry);
    default:
      return { kind: 'unknown' };
  }
}

function openapiRoute(parts: readonly string[]): Route {
  if (parts[1] === 'v2' && parts.length === 2) return { kind: 'openapiV2' };
  if (parts[1] !== 'v3') return { kind: 'unknown' };
  return parts.length === 2 ? { kind: 'openapiV3' } : { kind: 'openapiV3Document', path: parts.slice(2).join('/') };
}

function groupRoute(
  at: { readonly group: string; readonly version: string; readonly rest: readonly string[] },
  registry: Registry,
): Route {
  const { group, version, rest } = at;
  if (rest.length === 0) return { kind: 'groupVersion', group, version };
  // namespaces/{name} and its subresources are about the namespace; anything longer is about what is in it.
  const isInside = rest[0] === 'namespaces' && rest.length >= 3 && !(group === '' && isNamespacePart(rest));
  const namespace = isInside ? (rest[1] ?? '') : '';
  const [plural = '', name = '', subresource = '', ...more] = isInside ? rest.slice(2) : rest;
  const served = registry.find(group, version, plural);
  if (!served || more.length > 0) return { kind: 'unknown' };
  const { namespaced } = served.definition;
  if (namespaced ? name !== '' && namespace === '' : namespace !== '') return { kind: 'unknown' };
  return { kind: 'resource', served, namespace, name, subresource };
}

function isNamespacePart(rest: readonly string[]): boolean {
  return rest.length === 3 && (rest[2] === 'status' || rest[2] === 'finalize');
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    // A malformed escape names nothing that exists; what it says is good enough for the 404.
    return part;
  }
}
