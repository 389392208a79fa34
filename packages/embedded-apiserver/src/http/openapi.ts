import { createHash } from 'node:crypto';
import type { JsonObject } from '../json-value.ts';
import { apiVersionOf } from '../registry/resource-definition.ts';
import type { Registry, Served } from '../registry/registry.ts';
import { objectMetaSchema } from './object-meta-schema.ts';

const info: JsonObject = { title: 'VirtRigaud embedded API server', version: 'v1.36.0' };
const objectMeta = 'io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta';

/** What OpenAPI documents the server has: one for each group and version. */
export class OpenApi {
  readonly #documents: ReadonlyMap<string, string>;
  readonly index: JsonObject;
  /** The document of version 2, with the definitions that `kubectl` looks kinds up in. */
  readonly v2: JsonObject;

  constructor(registry: Registry) {
    const versions = registry.groups.flatMap((group) =>
      group.versions.map(({ name, resources }) => ({ group: group.name, name, resources })),
    );
    this.#documents = new Map(
      versions.map(({ group, name, resources }) => [pathOf(group, name), JSON.stringify(documentOf(resources))]),
    );
    this.index = {
      paths: Object.fromEntries(
        [...this.#documents].map(([path, text]) => [
          path,
          { serverRelativeURL: `/openapi/v3/${path}?hash=${createHash('sha256').update(text).digest('hex')}` },
        ]),
      ),
    };
    this.v2 = documentV2(versions.flatMap(({ resources }) => resources));
  }

  /** The document at a path like `apis/GROUP/VERSION`; undefined when there is none. */
  document(path: string): string | undefined {
    return this.#documents.get(path);
  }
}

function pathOf(group: string, version: string): string {
  return group === '' ? `api/${version}` : `apis/${group}/${version}`;
}

function documentOf(resources: readonly Served[]): JsonObject {
  const schemas = resources.map((served) => [schemaName(served), kindSchema(served, '#/components/schemas/')] as const);
  return {
    openapi: '3.0.0',
    info,
    paths: Object.fromEntries(resources.flatMap(pathsOf)),
    components: { schemas: { ...Object.fromEntries(schemas), [objectMeta]: objectMetaSchema } },
  };
}

function documentV2(resources: readonly Served[]): JsonObject {
  const definitions = resources.map((served) => [schemaName(served), kindSchema(served, '#/definitions/')] as const);
  return {
    swagger: '2.0',
    info,
    paths: {},
    definitions: { ...Object.fromEntries(definitions), [objectMeta]: objectMetaSchema },
  };
}

/** `io.virtrigaud.infra.v1beta1.VirtualMachine`: the group backwards, as Kubernetes names custom kinds. */
function schemaName({ definition, version }: Served): string {
  const group = definition.group === '' ? 'io.k8s.api.core' : definition.group.split('.').reverse().join('.');
  return `${group}.${version.name}.${definition.kind}`;
}

function kindSchema(served: Served, prefix: string): JsonObject {
  const { source } = served.version.schema;
  return {
    ...source,
    properties: {
      apiVersion: { type: 'string', description: 'The version of the schema of this object.' },
      kind: { type: 'string', description: 'What this object is.' },
      ...(source['properties'] as JsonObject | undefined),
      metadata: {
        description: "Standard object's metadata.",
        allOf: [{ $ref: `${prefix}${objectMeta}` }],
        default: {},
      },
    },
    'x-kubernetes-group-version-kind': [groupVersionKind(served)],
  };
}

function groupVersionKind({ definition, version }: Served): JsonObject {
  return { group: definition.group, version: version.name, kind: definition.kind };
}

function pathsOf(served: Served): readonly (readonly [string, JsonObject])[] {
  const { definition, version } = served;
  const root = definition.group === '' ? '/api' : '/apis';
  const scope = definition.namespaced ? '/namespaces/{namespace}' : '';
  const collection = `${root}/${apiVersionOf(definition.group, version.name)}${scope}/${definition.plural}`;
  return [
    [collection, { get: operation(served, 'list', []), post: operation(served, 'post', writeParameters) }],
    [
      `${collection}/{name}`,
      {
        get: operation(served, 'get', []),
        put: operation(served, 'put', writeParameters),
        patch: operation(served, 'patch', writeParameters),
        delete: operation(served, 'delete', ['dryRun']),
      },
    ],
  ];
}

/** Clients send these only to servers that name them. */
const writeParameters = ['dryRun', 'fieldManager', 'fieldValidation'];

function operation(served: Served, action: string, parameters: readonly string[]): JsonObject {
  return {
    parameters: parameters.map((name) => ({ name, in: 'query', schema: { type: 'string', uniqueItems: true } })),
    responses: { '200': { description: 'OK' } },
    'x-kubernetes-action': action,
    'x-kubernetes-group-version-kind': groupVersionKind(served),
  };
}
