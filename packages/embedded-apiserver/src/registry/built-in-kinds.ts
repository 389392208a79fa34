import type { JsonObject } from '../json-value.ts';
import { parseSchema } from '../schema/parse-schema.ts';
import { configMapRules } from './config-map-rules.ts';
import { customResourceDefinitionSchema } from './custom-resource-definitions.ts';
import { eventColumns, eventRules, eventSchema } from './event-kind.ts';
import { leaseSchema } from './lease-schema.ts';
import { namespaceRules } from './namespace-rules.ts';
import { ageColumn, nameColumn } from './printer-column.ts';
import type { PrinterColumn } from './printer-column.ts';
import { allVerbs } from './resource-definition.ts';
import type { ResourceDefinition, ResourceVersion } from './resource-definition.ts';
import { secretRules } from './secret-rules.ts';

const texts: JsonObject = { type: 'object', additionalProperties: { type: 'string' } };
const bytes: JsonObject = { type: 'object', additionalProperties: { type: 'string', format: 'byte' } };

/** The kinds that every cluster has and VirtRigaud-like controllers need; all else comes from CRDs. */
export function builtInKinds(): readonly ResourceDefinition[] {
  return [
    builtIn({
      kind: 'Namespace',
      shortNames: ['ns'],
      namespaced: false,
      rules: namespaceRules,
      version: {
        hasStatus: true,
        columns: [nameColumn, column('Status', (object) => (object['status'] as JsonObject)['phase']), ageColumn],
        ...schema('v1', {
          spec: { type: 'object', properties: { finalizers: { type: 'array', items: { type: 'string' } } } },
          status: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
        }),
      },
    }),
    builtIn({
      kind: 'Secret',
      rules: secretRules,
      version: {
        columns: [nameColumn, column('Type', (object) => object['type']), dataColumn(['data']), ageColumn],
        ...schema('v1', { data: bytes, stringData: texts, type: { type: 'string' }, immutable: { type: 'boolean' } }),
      },
    }),
    builtIn({
      kind: 'ConfigMap',
      shortNames: ['cm'],
      rules: configMapRules,
      version: {
        columns: [nameColumn, dataColumn(['data', 'binaryData']), ageColumn],
        ...schema('v1', { data: texts, binaryData: bytes, immutable: { type: 'boolean' } }),
      },
    }),
    builtIn({
      kind: 'Event',
      shortNames: ['ev'],
      rules: eventRules,
      version: { columns: eventColumns, ...schema('v1', eventSchema) },
    }),
    builtIn({
      group: 'coordination.k8s.io',
      kind: 'Lease',
      allowsUnconditionalUpdate: false,
      version: {
        columns: [
          nameColumn,
          column('Holder', (object) => (object['spec'] as JsonObject)?.['holderIdentity']),
          ageColumn,
        ],
        ...schema('v1', leaseSchema),
      },
    }),
    builtIn({
      group: 'apiextensions.k8s.io',
      kind: 'CustomResourceDefinition',
      shortNames: ['crd', 'crds'],
      categories: ['api-extensions'],
      namespaced: false,
      verbs: ['get', 'list', 'watch'],
      version: {
        columns: [nameColumn, column('Created At', (object) => object.metadata.creationTimestamp)],
        ...schema('v1', customResourceDefinitionSchema),
      },
    }),
  ];
}

type BuiltIn = Partial<ResourceDefinition> & {
  readonly kind: string;
  readonly version: Pick<ResourceVersion, 'name' | 'schema' | 'columns'> & Partial<ResourceVersion>;
};

function builtIn({ version, ...given }: BuiltIn): ResourceDefinition {
  const singular = given.kind.toLowerCase();
  return {
    group: '',
    plural: `${singular}s`,
    singular,
    listKind: `${given.kind}List`,
    shortNames: [],
    categories: [],
    namespaced: true,
    verbs: allVerbs,
    versions: [{ hasStatus: false, differsFromStorage: false, deprecation: undefined, ...version }],
    storageVersion: version.name,
    hasGeneration: false,
    allowsUnconditionalUpdate: true,
    isBuiltIn: true,
    rules: {},
    ...given,
  };
}

function schema(name: string, properties: JsonObject): Pick<ResourceVersion, 'name' | 'schema'> {
  return { name, schema: parseSchema({ type: 'object', properties }, 'a built-in kind') };
}

function column(name: string, read: PrinterColumn['read']): PrinterColumn {
  return { name, type: 'string', format: '', description: '', priority: 0, read };
}

function dataColumn(members: readonly string[]): PrinterColumn {
  return {
    ...column('Data', (object) => members.reduce((sum, name) => sum + Object.keys(object[name] ?? {}).length, 0)),
    type: 'integer',
  };
}
