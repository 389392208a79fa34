import { z } from 'zod';
import { ApiServerError } from '../api-server-error.ts';
import { deepEqual } from '../json-value.ts';
import type { Json, JsonObject } from '../json-value.ts';
import { parseSchema } from '../schema/parse-schema.ts';
import { compareVersions } from './compare-versions.ts';
import { compileJsonPath } from './json-path.ts';
import { ageColumn, nameColumn } from './printer-column.ts';
import type { PrinterColumn } from './printer-column.ts';
import { customVerbs } from './resource-definition.ts';
import type { ResourceDefinition, ResourceVersion } from './resource-definition.ts';

/** A custom kind: how it was given, and how it is served. */
export interface CustomResource {
  readonly manifest: JsonObject;
  readonly definition: ResourceDefinition;
}

const label = z.string().regex(/^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/);

const columnSchema = z.strictObject({
  name: z.string(),
  type: z.enum(['integer', 'number', 'string', 'boolean', 'date']),
  format: z.string().default(''),
  description: z.string().optional(),
  priority: z.int().default(0),
  jsonPath: z.string(),
});

const versionSchema = z.strictObject({
  name: label,
  served: z.boolean(),
  storage: z.boolean(),
  deprecated: z.boolean().default(false),
  deprecationWarning: z.string().optional(),
  schema: z.strictObject({ openAPIV3Schema: z.record(z.string(), z.unknown()) }),
  subresources: z.strictObject({ status: z.strictObject({}).optional() }).default({}),
  additionalPrinterColumns: z.array(columnSchema).optional(),
});

const crdSchema = z.object({
  apiVersion: z.literal('apiextensions.k8s.io/v1'),
  kind: z.literal('CustomResourceDefinition'),
  metadata: z.object({ name: z.string() }),
  spec: z.strictObject({
    group: z.string().regex(/^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/),
    scope: z.enum(['Namespaced', 'Cluster']),
    names: z.strictObject({
      kind: z.string().regex(/^[A-Za-z]([-A-Za-z0-9]*[A-Za-z0-9])?$/),
      listKind: z.string().optional(),
      plural: label,
      singular: label.optional(),
      shortNames: z.array(label).default([]),
      categories: z.array(label).default([]),
    }),
    conversion: z.strictObject({ strategy: z.literal('None') }).optional(),
    preserveUnknownFields: z.literal(false).optional(),
    versions: z.array(versionSchema).min(1),
  }),
});

type Crd = z.infer<typeof crdSchema>;

/** @throws {@link ApiServerError} `InvalidCrd` */
export function parseCrd(manifest: JsonObject): CustomResource {
  const parsed = crdSchema.safeParse(manifest);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    const where = `${nameOf(manifest)}: ${issue?.path.join('.') ?? ''}`;
    throw new ApiServerError('InvalidCrd', `${where}: ${issue?.message ?? 'is malformed'}`, { cause: parsed.error });
  }
  const { spec, metadata } = parsed.data;
  const { names } = spec;
  const name = `${names.plural}.${spec.group}`;
  if (metadata.name !== name) throw new ApiServerError('InvalidCrd', `${metadata.name}: must be named ${name}`);
  const [storage, ...others] = spec.versions.filter((version) => version.storage);
  if (!storage || others.length > 0) {
    throw new ApiServerError('InvalidCrd', `${name}: exactly one version must be the storage version`);
  }
  return {
    manifest,
    definition: {
      group: spec.group,
      plural: names.plural,
      singular: names.singular ?? names.kind.toLowerCase(),
      kind: names.kind,
      listKind: names.listKind ?? `${names.kind}List`,
      shortNames: names.shortNames,
      categories: names.categories,
      namespaced: spec.scope === 'Namespaced',
      verbs: customVerbs,
      versions: spec.versions
        .filter((version) => version.served)
        .map((version) => parseVersion(version, { spec, storage })),
      storageVersion: storage.name,
      hasGeneration: true,
      allowsUnconditionalUpdate: false,
      isBuiltIn: false,
      rules: {},
    },
  };
}

type Version = Crd['spec']['versions'][number];

function parseVersion(
  version: Version,
  of: { readonly spec: Crd['spec']; readonly storage: Version },
): ResourceVersion {
  const { spec, storage } = of;
  const where = `${spec.names.plural}.${spec.group} ${version.name}`;
  return {
    name: version.name,
    schema: parseSchema(version.schema.openAPIV3Schema as Json, where),
    columns: [
      nameColumn,
      ...(version.additionalPrinterColumns?.map((column) => printerColumn(column, where)) ?? [ageColumn]),
    ],
    hasStatus: version.subresources.status !== undefined,
    differsFromStorage: !deepEqual(version.schema as JsonObject, storage.schema as JsonObject),
    deprecation: version.deprecated ? (version.deprecationWarning ?? deprecationOf(version, spec)) : undefined,
  };
}

/** What Kubernetes warns of where the CRD has no words of its own. */
function deprecationOf(version: Version, { group, names, versions }: Crd['spec']): string {
  const said = (name: string) => `${group}/${name} ${names.kind}`;
  const [best] = versions
    .filter(({ served, deprecated }) => served && !deprecated)
    .map(({ name }) => name)
    .sort(compareVersions);
  const isBetter = best !== undefined && compareVersions(best, version.name) < 0;
  return `${said(version.name)} is deprecated${isBetter ? `; use ${said(best)}` : ''}`;
}

function printerColumn(column: z.infer<typeof columnSchema>, where: string): PrinterColumn {
  const { name, type, format, priority, jsonPath } = column;
  const path = compileJsonPath(jsonPath, (why) => new ApiServerError('InvalidCrd', `${where}: column ${name}: ${why}`));
  const description = column.description ?? `Custom resource definition column (in JSONPath format): ${jsonPath}`;
  return { name, type, format, description, priority, read: (object) => path(object)[0] };
}

function nameOf(manifest: JsonObject): string {
  const metadata = manifest?.['metadata'] as JsonObject | undefined;
  return typeof metadata?.['name'] === 'string' ? metadata['name'] : 'a CustomResourceDefinition without a name';
}
