import { presentBody } from '../operations/present-object.ts';
import type { ObjectPage } from '../operations/list-objects.ts';
import { apiVersionOf } from '../registry/resource-definition.ts';
import type { Served } from '../registry/registry.ts';
import type { StoredObject } from '../storage/stored-object.ts';
import type { Shape } from './negotiate.ts';
import { partialMetadata, tableOf } from './table.ts';

/** The body of an answer about one object. */
export function renderObject(
  stored: StoredObject,
  served: Served,
  as: { readonly shape: Shape; readonly now: number },
): string {
  const { shape, now } = as;
  switch (shape.kind) {
    case 'object':
      return presentBody(stored, served);
    case 'metadata':
      return JSON.stringify(partialMetadata(stored.object));
    case 'table': {
      const metadata = { resourceVersion: stored.object.metadata.resourceVersion };
      return JSON.stringify(
        tableOf([stored.object], served, { include: shape.include, now, metadata, headers: 'with' }),
      );
    }
  }
}

/** The body of an answer about many objects. */
export function renderPage(
  page: ObjectPage,
  served: Served,
  as: { readonly shape: Shape; readonly now: number },
): string {
  const { shape, now } = as;
  const metadata = {
    resourceVersion: String(page.revision),
    ...(page.continue !== undefined && { continue: page.continue }),
    ...(page.remaining !== undefined && { remainingItemCount: page.remaining }),
  };
  if (shape.kind === 'table') {
    const objects = page.items.map((stored) => stored.object);
    return JSON.stringify(tableOf(objects, served, { include: shape.include, now, metadata, headers: 'with' }));
  }
  const { definition, version } = served;
  const head =
    shape.kind === 'metadata'
      ? { kind: 'PartialObjectMetadataList', apiVersion: 'meta.k8s.io/v1', metadata }
      : { kind: definition.listKind, apiVersion: apiVersionOf(definition.group, version.name), metadata };
  const items = page.items.map((stored) => renderObject(stored, served, as));
  return `${JSON.stringify(head).slice(0, -1)},"items":[${items.join(',')}]}`;
}
