import { createObject } from '../operations/create-object.ts';
import { deleteCollection } from '../operations/delete-collection.ts';
import { deleteObject, parseDeleteOptions } from '../operations/delete-object.ts';
import type { Deletion } from '../operations/delete-object.ts';
import { listObjects } from '../operations/list-objects.ts';
import { isTrue, parseListOptions, parseWatchOptions } from '../operations/list-options.ts';
import type { Api, Target, WriteOptions } from '../operations/api.ts';
import { updateObject } from '../operations/update-object.ts';
import type { Update } from '../operations/update-object.ts';
import { storageName } from '../registry/resource-definition.ts';
import type { Verb } from '../registry/resource-definition.ts';
import { parseSelection } from '../selectors/selection.ts';
import { badRequest, methodNotAllowed, notFound, qualified } from '../status/refusals.ts';
import { keyText } from '../storage/stored-object.ts';
import { jsonAnswer } from './answer.ts';
import type { Answer, Exchange } from './answer.ts';
import { negotiateShape } from './negotiate.ts';
import { readObject, readOptions, readPatch } from './read-body.ts';
import { renderObject, renderPage } from './render.ts';
import type { Route } from './route.ts';
import type { WatchRequest } from './watch-stream.ts';

type ResourceRoute = Extract<Route, { kind: 'resource' }>;

/** What handlers need. */
export interface ResourceContext {
  readonly api: Api;
  /** Runs a watch on the exchange until it is over. */
  readonly watch: (exchange: Exchange, request: WatchRequest) => Promise<void>;
}

/**
 * Does what a request about a resource asks.
 *
 * @returns the answer; undefined when it was streamed
 * @throws {@link StatusError}
 */
export async function handleResource(
  context: ResourceContext,
  route: ResourceRoute,
  exchange: Exchange,
): Promise<Answer | undefined> {
  const { definition, version } = route.served;
  const isStatus = route.subresource === 'status' && version.hasStatus;
  if (route.subresource !== '' && !isStatus) throw notFound(definition, route.name);
  if (version.deprecation !== undefined) exchange.warnings.push(version.deprecation);
  const verb = verbOf(route, exchange);
  if (!definition.verbs.includes(verb) || (isStatus && !['get', 'update', 'patch'].includes(verb))) {
    throw methodNotAllowed(`${qualified(definition)} does not allow ${verb} here${hint(route)}`);
  }
  switch (verb) {
    case 'get':
      return read(context, route, exchange);
    case 'list':
      return list(context, route, exchange);
    case 'watch':
      return startWatch(context, route, exchange);
    case 'create':
      return create(context, route, exchange);
    case 'update':
    case 'patch':
      return change(context, route, exchange);
    case 'delete':
      return remove(context, route, exchange);
    case 'deletecollection':
      return removeAll(context, route, exchange);
  }
}

function hint(route: ResourceRoute): string {
  return route.served.definition.kind === 'CustomResourceDefinition'
    ? ': CustomResourceDefinitions are given to this server at start'
    : '';
}

function verbOf(route: ResourceRoute, { request, url }: Exchange): Verb {
  const isCollection = route.name === '';
  const canCreate = isCollection && (route.namespace !== '' || !route.served.definition.namespaced);
  if (request.method === 'GET' && isTrue(url.searchParams.get('watch'))) return 'watch';
  if (request.method === 'GET') return isCollection ? 'list' : 'get';
  if (request.method === 'DELETE') return isCollection ? 'deletecollection' : 'delete';
  if (request.method === 'POST' && canCreate) return 'create';
  if (request.method === 'PUT' && !isCollection) return 'update';
  if (request.method === 'PATCH' && !isCollection) return 'patch';
  throw methodNotAllowed('the server does not allow this method on the requested resource');
}

function read({ api }: ResourceContext, route: ResourceRoute, exchange: Exchange): Answer {
  const target = targetOf(route);
  const stored = api.store.table(storageName(target.definition)).get(keyText(target));
  if (!stored) throw notFound(target.definition, target.name);
  return { code: 200, body: renderObject(stored, target, { shape: shapeOf(exchange), now: api.now() }) };
}

function list({ api }: ResourceContext, route: ResourceRoute, exchange: Exchange): Answer {
  const { searchParams } = exchange.url;
  const selection = parseSelection(route.served.definition, route.namespace, searchParams);
  const page = listObjects(api, route.served, { selection, options: parseListOptions(searchParams) });
  return { code: 200, body: renderPage(page, route.served, { shape: shapeOf(exchange), now: api.now() }) };
}

async function startWatch(context: ResourceContext, route: ResourceRoute, exchange: Exchange): Promise<undefined> {
  const { searchParams } = exchange.url;
  const { definition } = route.served;
  // A watch of one object is a watch of the collection that selects it by name.
  if (route.name !== '') searchParams.set('fieldSelector', `metadata.name=${route.name}`);
  await context.watch(exchange, {
    served: route.served,
    selection: parseSelection(definition, route.namespace, searchParams),
    options: parseWatchOptions(searchParams),
    shape: shapeOf(exchange),
  });
}

async function create({ api }: ResourceContext, route: ResourceRoute, exchange: Exchange): Promise<Answer> {
  const options = writeOptions(exchange);
  const body = await readObject(exchange.request);
  const target = targetOf(route);
  const stored = await createObject(api, target, { body, options });
  return { code: 201, body: renderObject(stored, target, { shape: shapeOf(exchange), now: api.now() }) };
}

async function change({ api }: ResourceContext, route: ResourceRoute, exchange: Exchange): Promise<Answer> {
  const options = writeOptions(exchange);
  const isPatch = exchange.request.method === 'PATCH';
  const update: Update = {
    change: isPatch
      ? await readPatch(exchange.request, route.served.definition)
      : { kind: 'replace', body: await readObject(exchange.request) },
    part: route.subresource === 'status' ? 'status' : 'main',
    options,
  };
  const target = targetOf(route);
  const stored = await updateObject(api, target, update);
  return { code: 200, body: renderObject(stored, target, { shape: shapeOf(exchange), now: api.now() }) };
}

async function remove({ api }: ResourceContext, route: ResourceRoute, exchange: Exchange): Promise<Answer> {
  const target = targetOf(route);
  const options = parseDeleteOptions(await readOptions(exchange.request), exchange.url.searchParams);
  const deletion = await deleteObject(api, target, options);
  return deletion.outcome === 'gone'
    ? jsonAnswer(goneStatus(target, deletion))
    : { code: 200, body: renderObject(deletion.stored, target, { shape: { kind: 'object' }, now: api.now() }) };
}

async function removeAll({ api }: ResourceContext, route: ResourceRoute, exchange: Exchange): Promise<Answer> {
  const { searchParams } = exchange.url;
  const options = parseDeleteOptions(await readOptions(exchange.request), searchParams);
  const selection = parseSelection(route.served.definition, route.namespace, searchParams);
  const items = await deleteCollection(api, route.served, { selection, options });
  const page = { items, revision: api.store.revision, continue: undefined, remaining: undefined };
  return { code: 200, body: renderPage(page, route.served, { shape: { kind: 'object' }, now: api.now() }) };
}

function goneStatus({ definition, name }: Target, { stored }: Deletion) {
  const details = {
    name,
    ...(definition.group !== '' && { group: definition.group }),
    kind: definition.plural,
    uid: stored.object.metadata.uid,
  };
  return { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success', details };
}

function targetOf(route: ResourceRoute): Target {
  return { ...route.served, namespace: route.namespace, name: route.name };
}

function shapeOf({ request, url }: Exchange) {
  return negotiateShape(request.headers.accept, url.searchParams);
}

function writeOptions({ url, warnings }: Exchange): WriteOptions {
  const dryRun = url.searchParams.get('dryRun') ?? '';
  if (dryRun !== '' && dryRun !== 'All')
    throw badRequest(`dryRun: Unsupported value: "${dryRun}": supported values: "All"`);
  const fieldValidation = url.searchParams.get('fieldValidation') ?? 'Warn';
  if (fieldValidation !== 'Strict' && fieldValidation !== 'Warn' && fieldValidation !== 'Ignore') {
    throw badRequest(
      `fieldValidation: Unsupported value: "${fieldValidation}": supported values: "Ignore", "Strict", "Warn"`,
    );
  }
  return {
    dryRun: dryRun === 'All' ? 'All' : 'None',
    fieldValidation,
    warn: (message) => warnings.push(message),
  };
}
