import type { IncomingMessage, ServerResponse } from 'node:http';
import { ApiServerError } from '../api-server-error.ts';
import type { JsonObject } from '../json-value.ts';
import type { Log } from '../log.ts';
import { methodNotAllowed } from '../status/refusals.ts';
import { StatusError } from '../status/status-error.ts';
import { jsonAnswer, refusal, send } from './answer.ts';
import type { Answer, Exchange } from './answer.ts';
import {
  aggregatedDiscovery,
  coreVersions,
  groupDocument,
  groupList,
  kubernetesVersion,
  resourceList,
} from './discovery.ts';
import { handleResource } from './handle-resource.ts';
import type { ResourceContext } from './handle-resource.ts';
import { wantsAggregatedDiscovery } from './negotiate.ts';
import type { OpenApi } from './openapi.ts';
import { routeOf } from './route.ts';
import type { Route } from './route.ts';

/** What requests are answered with. */
export interface RequestContext extends ResourceContext {
  readonly openApi: OpenApi;
  readonly isAllowed: (request: IncomingMessage) => boolean;
  readonly log: Log;
  /** Makes a backup beside the database, and says where; absent where there is no place for one. */
  readonly backup?: () => Promise<JsonObject>;
}

const aggregatedType = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList';

/** Answers one request, whatever happens. */
export async function handleRequest(
  context: RequestContext,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const exchange: Exchange = { request, response, url: urlOf(request), warnings: [] };
  try {
    const answer = await answerOf(context, exchange);
    if (answer) send(exchange, answer);
  } catch (error) {
    // A client that went away in the middle of its request can be told nothing.
    if (response.destroyed) return;
    const refused = refusal(asStatusError(error, context.log));
    // Half an answer is on its way: only a broken connection can still say that it is not whole.
    if (response.headersSent) response.destroy();
    else send(exchange, refused);
  } finally {
    request.resume();
  }
}

/** The address of a request. What no URL can be, like `//`, is the address of nothing. */
function urlOf(request: IncomingMessage): URL {
  const base = 'https://localhost';
  return URL.parse(request.url ?? '/', base) ?? new URL('/unparsable', base);
}

async function answerOf(context: RequestContext, exchange: Exchange): Promise<Answer | undefined> {
  const route = routeOf(exchange.url.pathname, context.api.registry);
  if (route.kind === 'health') return health(context);
  if (!context.isAllowed(exchange.request)) throw new StatusError('Unauthorized', 'Unauthorized');
  if (route.kind === 'resource') return handleResource(context, route, exchange);
  if (route.kind === 'backup' && context.backup && exchange.request.method === 'POST') {
    return jsonAnswer(await context.backup(), 201);
  }
  const answer = documentOf(context, route, exchange);
  if (!answer) throw new StatusError('NotFound', 'the server could not find the requested resource', { details: {} });
  if (exchange.request.method !== 'GET' && exchange.request.method !== 'HEAD') {
    throw methodNotAllowed('the server does not allow this method on the requested resource');
  }
  return answer;
}

function health({ api }: RequestContext): Answer {
  const { broken } = api.store;
  return broken
    ? { code: 503, body: broken.message, type: 'text/plain; charset=utf-8' }
    : { code: 200, body: 'ok', type: 'text/plain; charset=utf-8' };
}

function documentOf(context: RequestContext, route: Route, exchange: Exchange): Answer | undefined {
  const { registry } = context.api;
  const { accept } = exchange.request.headers;
  switch (route.kind) {
    case 'root':
      return jsonAnswer({
        paths: ['/api', '/apis', '/healthz', '/livez', '/openapi/v2', '/openapi/v3', '/readyz', '/version'],
      });
    case 'version':
      return jsonAnswer(kubernetesVersion);
    case 'core':
      return discovery(wantsAggregatedDiscovery(accept), {
        aggregated: () => aggregatedDiscovery(registry.groups.filter((group) => group.name === '')),
        legacy: coreVersions,
      });
    case 'groups':
      return discovery(wantsAggregatedDiscovery(accept), {
        aggregated: () => aggregatedDiscovery(registry.groups.filter((group) => group.name !== '')),
        legacy: () => groupList(registry),
      });
    case 'group': {
      const group = registry.groups.find((each) => each.name === route.group);
      return group && jsonAnswer(groupDocument(group));
    }
    case 'groupVersion': {
      const version = registry.groups
        .find((each) => each.name === route.group)
        ?.versions.find((each) => each.name === route.version);
      return version && jsonAnswer(resourceList(route.group, route.version, version.resources));
    }
    case 'openapiV2':
      return jsonAnswer(context.openApi.v2);
    case 'openapiV3':
      return jsonAnswer(context.openApi.index);
    case 'openapiV3Document': {
      const body = context.openApi.document(route.path);
      return body === undefined ? undefined : { code: 200, body };
    }
    default:
      return undefined;
  }
}

function discovery(
  isAggregated: boolean,
  forms: { readonly aggregated: () => JsonObject; readonly legacy: () => JsonObject },
): Answer {
  return isAggregated ? { ...jsonAnswer(forms.aggregated()), type: aggregatedType } : jsonAnswer(forms.legacy());
}

function asStatusError(error: unknown, log: Log): StatusError {
  if (error instanceof StatusError) return error;
  if (error instanceof ApiServerError) {
    log.error('a write could not be kept', { error });
    return new StatusError('InternalError', error.message, { cause: error });
  }
  log.error('a request failed', { error });
  return new StatusError('InternalError', 'Internal error occurred: see the log of the server', { cause: error });
}
