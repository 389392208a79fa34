import type { SchemaNode } from '../crd/structural-schema.ts';
import { VALIDATIONS, type ValidationEntry } from '../schema/rule.ts';
import type { CelEngine } from './cel-engines.ts';

type Fields = Readonly<Record<string, unknown>>;

const childrenOf = (node: SchemaNode) => (node['properties'] ?? {}) as Readonly<Record<string, SchemaNode>>;

/** Fills in defaults and turns integers into bigint, so that CEL sees what it would see in an API server. */
function prepare(node: SchemaNode, value: unknown): unknown {
  if (value === undefined && node['default'] !== undefined) return prepare(node, node['default']);
  if (typeof value === 'number' && node['type'] === 'integer') return BigInt(value);
  if (Array.isArray(value)) return value.map((item) => prepare(node['items'] as SchemaNode, item));
  if (typeof value !== 'object' || value === null) return value;
  const known = Object.entries(childrenOf(node)).map(([name, child]) => [
    name,
    prepare(child, (value as Fields)[name]),
  ]);
  const own = { ...value, ...Object.fromEntries(known) };
  return Object.fromEntries(Object.entries(own).filter(([, field]) => field !== undefined));
}

/** The former of a list's item: in a map list, the one with the same keys; elsewhere there is none to compare with. */
function formerItem(node: SchemaNode, item: Fields, former: unknown): unknown {
  const keys = node['x-kubernetes-list-map-keys'] as readonly string[] | undefined;
  if (keys === undefined || !Array.isArray(former)) return undefined;
  return (former as Fields[]).find((candidate) => keys.every((key) => candidate[key] === item[key]));
}

interface Place {
  readonly node: SchemaNode;
  readonly path: string;
  readonly self: unknown;
  readonly oldSelf: unknown;
}

function* childPlaces({ node, path, self, oldSelf }: Place): Generator<Place> {
  if (Array.isArray(self)) {
    for (const [index, item] of self.entries()) {
      const place = { node: node['items'] as SchemaNode, path: `${path}[${index}]` };
      yield { ...place, self: item, oldSelf: formerItem(node, item as Fields, oldSelf) };
    }
    return;
  }
  if (typeof self !== 'object' || self === null) return;
  for (const [name, child] of Object.entries(childrenOf(node))) {
    const value = (self as Fields)[name];
    if (value === undefined) continue;
    const former = (oldSelf as Fields | undefined)?.[name];
    yield { node: child, path: path === '' ? name : `${path}.${name}`, self: value, oldSelf: former };
  }
}

function* broken(engine: CelEngine, place: Place): Generator<string> {
  for (const entry of (place.node[VALIDATIONS] ?? []) as readonly ValidationEntry[]) {
    const isTransition = /\boldSelf\b/.test(entry.rule);
    if (isTransition && place.oldSelf === undefined) continue;
    const bindings = isTransition ? { self: place.self, oldSelf: place.oldSelf } : { self: place.self };
    if (engine.holds(entry.rule, bindings)) continue;
    yield `${`${place.path}${entry.fieldPath ?? ''}`.replace(/^\./, '')}: ${entry.message}`;
  }
  for (const child of childPlaces(place)) yield* broken(engine, child);
}

/**
 * Evaluates every rule of a schema the way an API server does.
 *
 * @returns one line a broken rule: the field, and the rule's message.
 */
export function brokenRules(
  engine: CelEngine,
  schema: SchemaNode,
  objects: { readonly now: unknown; readonly before?: unknown },
): readonly string[] {
  const before = objects.before === undefined ? undefined : prepare(schema, objects.before);
  return [...broken(engine, { node: schema, path: '', self: prepare(schema, objects.now), oldSelf: before })];
}
