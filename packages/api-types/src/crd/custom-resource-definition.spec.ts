import { readFileSync, readdirSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { parse } from 'yaml';
import { kinds, type KindName } from '../descriptor.ts';
import { crdYaml } from '../../tools/crd-yaml.ts';
import { VALIDATIONS } from '../schema/rule.ts';
import { customResourceDefinition, objectSchema } from './custom-resource-definition.ts';
import type { SchemaNode } from './structural-schema.ts';

const names = Object.keys(kinds) as KindName[];
const directory = new URL('../../crds/', import.meta.url);
const fileOf = (name: KindName) => `${kinds[name].group}_${kinds[name].plural}.yaml`;

/** The node that a rule's fieldPath leads to. */
const follow = (node: SchemaNode, fieldPath: string) =>
  fieldPath
    .split('.')
    .filter(Boolean)
    .reduce<SchemaNode | undefined>((at, name) => (at?.['properties'] as Record<string, SchemaNode>)?.[name], node);

function* nodes(node: SchemaNode): Generator<SchemaNode> {
  yield node;
  for (const child of Object.values((node['properties'] ?? {}) as Record<string, SchemaNode>)) yield* nodes(child);
  if (node['items'] !== undefined) yield* nodes(node['items'] as SchemaNode);
}

describe('the committed CRDs', () => {
  it('are one file a kind', () => {
    expect(readdirSync(directory).sort()).toEqual(names.map(fileOf).sort());
  });

  it.each(names)('say of %s what the schemas say (else: npm run generate)', (name) => {
    expect(readFileSync(new URL(fileOf(name), directory), 'utf8')).toBe(crdYaml(name));
  });

  it.each(names)('read in YAML 1.1 and 1.2 alike: %s', (name) => {
    const text = crdYaml(name);
    expect(parse(text, { version: '1.1' })).toEqual(parse(text, { version: '1.2' }));
    expect(parse(text, { version: '1.1' })).toEqual(customResourceDefinition(name));
  });
});

describe('customResourceDefinition', () => {
  it.each(names)('serves v1beta1 and v1alpha1 of %s with byte-identical schemas, and stores the first', (name) => {
    const { versions } = customResourceDefinition(name).spec;
    expect(versions.map(({ name: version, storage }) => [version, storage])).toEqual([
      ['v1beta1', true],
      ['v1alpha1', false],
    ]);
    expect(JSON.stringify(versions[0]?.schema)).toBe(JSON.stringify(versions[1]?.schema));
  });

  it.each(names)('has a status subresource of %s exactly when there is a status', (name) => {
    const schema = objectSchema(name)['properties'] as Record<string, unknown>;
    expect('status' in schema).toBe(kinds[name].hasStatus);
    expect(customResourceDefinition(name).spec.versions.map((version) => 'subresources' in version)).toEqual([
      kinds[name].hasStatus,
      kinds[name].hasStatus,
    ]);
  });

  it.each(names)('names fields that exist in the rules of %s', (name) => {
    for (const node of nodes(objectSchema(name))) {
      for (const { fieldPath } of (node[VALIDATIONS] ?? []) as { fieldPath?: string }[]) {
        expect(follow(node, fieldPath ?? '')).toBeDefined();
      }
    }
  });

  it.each(names)('shows columns of fields that exist in %s', (name) => {
    for (const { jsonPath } of customResourceDefinition(name).spec.versions[0]?.additionalPrinterColumns ?? []) {
      const field = jsonPath.replace(/\[.*$/, '');
      const known = field.startsWith('.metadata') ? {} : follow(objectSchema(name), field);
      expect([jsonPath, known]).toEqual([jsonPath, expect.anything()]);
    }
  });
});
