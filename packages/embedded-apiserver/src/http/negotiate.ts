/** In which shape a client wants objects: as they are, or as rows of a table. */
export type Shape =
  | { readonly kind: 'object' }
  | { readonly kind: 'metadata' }
  | { readonly kind: 'table'; readonly include: 'None' | 'Metadata' | 'Object' };

/**
 * Which shape the `Accept` header prefers among those this server has. Protobuf is answered with JSON, as is anything
 * that nobody knows: clients that cannot read it say so better than a 406 could.
 */
export function negotiateShape(accept: string | undefined, query: URLSearchParams): Shape {
  for (const choice of choices(accept)) {
    if (choice.get('g') !== 'meta.k8s.io' || choice.get('v') !== 'v1') {
      if (choice.has('as')) continue;
      return { kind: 'object' };
    }
    const as = choice.get('as');
    if (as === 'Table') return { kind: 'table', include: includeOf(query.get('includeObject')) };
    if (as === 'PartialObjectMetadata' || as === 'PartialObjectMetadataList') return { kind: 'metadata' };
  }
  return { kind: 'object' };
}

/** Whether the client understands aggregated discovery, and prefers it. */
export function wantsAggregatedDiscovery(accept: string | undefined): boolean {
  const [first] = choices(accept).filter((choice) => !choice.has('as') || choice.get('v') === 'v2');
  return first?.get('as') === 'APIGroupDiscoveryList' && first.get('g') === 'apidiscovery.k8s.io';
}

/** The parameters of each media type of an `Accept` header, in its order. */
function choices(accept: string | undefined): readonly ReadonlyMap<string, string>[] {
  return (accept ?? '*/*').split(',').map((choice) => {
    const [, ...parameters] = choice.split(';');
    return new Map(
      parameters.map((parameter) => {
        const [name = '', value = ''] = parameter.split('=');
        return [name.trim(), value.trim()] as const;
      }),
    );
  });
}

function includeOf(value: string | null): 'None' | 'Metadata' | 'Object' {
  return value === 'None' || value === 'Object' ? value : 'Metadata';
}
