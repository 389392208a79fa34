import type { Json, JsonObject } from '../json-value.ts';
import type { KubeObject } from '../kube-object.ts';
import { presentObject } from '../operations/present-object.ts';
import type { PrinterColumn } from '../registry/printer-column.ts';
import type { Served } from '../registry/registry.ts';
import { humanizeDuration } from './humanize-duration.ts';

/** How a table is to be made. */
export interface TableOptions {
  readonly include: 'None' | 'Metadata' | 'Object';
  /** The time for ages, in ms since 1970. */
  readonly now: number;
}

/** Objects as rows, with the columns of their kind. */
export function tableOf(
  objects: readonly KubeObject[],
  served: Served,
  options: TableOptions & { readonly metadata: JsonObject; readonly headers: 'with' | 'without' },
): JsonObject {
  const { columns } = served.version;
  const headers = columns.map(({ name, type, format, description, priority }) => ({
    name,
    type: type === 'date' && served.definition.isBuiltIn ? 'string' : type,
    format,
    description,
    priority,
  }));
  return {
    kind: 'Table',
    apiVersion: 'meta.k8s.io/v1',
    metadata: options.metadata,
    columnDefinitions: options.headers === 'with' ? headers : [],
    rows: objects.map((object) => ({
      cells: columns.map((column) => cell(column, object, options.now)),
      ...includedObject(object, served, options.include),
    })),
  };
}

function cell(column: PrinterColumn, object: KubeObject, now: number): Json {
  const value = column.read(object);
  if (value === undefined || value === null) return null;
  switch (column.type) {
    case 'integer':
      return typeof value === 'number' ? Math.trunc(value) : null;
    case 'number':
      return typeof value === 'number' ? value : null;
    case 'boolean':
      return typeof value === 'boolean' ? value : null;
    case 'date': {
      const at = typeof value === 'string' ? Date.parse(value) : Number.NaN;
      return Number.isNaN(at) ? '<invalid>' : humanizeDuration(now - at);
    }
    default:
      return typeof value === 'string' ? value : JSON.stringify(value);
  }
}

function includedObject(object: KubeObject, served: Served, include: TableOptions['include']): JsonObject {
  if (include === 'None') return {};
  return { object: include === 'Object' ? presentObject(object, served) : partialMetadata(object) };
}

/** An object of which only `metadata` is shown. */
export function partialMetadata(object: KubeObject): JsonObject {
  return { kind: 'PartialObjectMetadata', apiVersion: 'meta.k8s.io/v1', metadata: object.metadata };
}
