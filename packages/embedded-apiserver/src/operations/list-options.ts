import { badRequest, invalid } from '../status/refusals.ts';
import { StatusError } from '../status/status-error.ts';

/** What clients may ask of a list or a watch. */
export interface ListOptions {
  /** At most so many objects; 0 for all. */
  readonly limit: number;
  readonly continue: string;
  /** Undefined when the client did not say one. */
  readonly revision: number | undefined;
  readonly match: 'Exact' | 'NotOlderThan' | undefined;
  /** Whether a selector leaves objects out. */
  readonly isFiltered: boolean;
}

/** What clients may ask of a watch, besides. */
export interface WatchOptions {
  readonly revision: number | undefined;
  /** Undefined: as old clients want it, which get the state first unless they name a revision. */
  readonly sendInitialEvents: boolean | undefined;
  readonly bookmarks: 'wanted' | 'unwanted';
  readonly timeoutMs: number | undefined;
}

/** @throws {@link StatusError} `BadRequest`, `Invalid` */
export function parseListOptions(query: URLSearchParams): ListOptions {
  const match = query.get('resourceVersionMatch') ?? '';
  const token = query.get('continue') ?? '';
  const revision = parseRevision(query.get('resourceVersion') ?? '');
  if (match !== '') {
    if (revision === undefined) throw refuse('resourceVersionMatch is forbidden unless resourceVersion is provided');
    if (token !== '') throw refuse('resourceVersionMatch is forbidden when continue is provided');
    if (match !== 'Exact' && match !== 'NotOlderThan') throw unsupportedMatch(match);
    if (match === 'Exact' && revision === 0) {
      throw refuse('resourceVersionMatch "exact" is forbidden for resourceVersion "0"');
    }
  }
  if (query.has('sendInitialEvents')) throw refuse('sendInitialEvents is forbidden for list', 'sendInitialEvents');
  return {
    limit: parseCount(query, 'limit') ?? 0,
    continue: token,
    revision,
    match: match === '' ? undefined : match,
    isFiltered: query.has('labelSelector') || query.has('fieldSelector'),
  };
}

/** @throws {@link StatusError} `BadRequest`, `Invalid` */
export function parseWatchOptions(query: URLSearchParams): WatchOptions {
  const match = query.get('resourceVersionMatch') ?? '';
  const initial = query.get('sendInitialEvents');
  if (initial !== null && match !== 'NotOlderThan') {
    throw refuse('sendInitialEvents requires setting resourceVersionMatch to NotOlderThan');
  }
  if (initial === null && match !== '') {
    throw refuse('resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided');
  }
  const seconds = parseCount(query, 'timeoutSeconds');
  return {
    revision: parseRevision(query.get('resourceVersion') ?? ''),
    sendInitialEvents: initial === null ? undefined : isTrue(initial),
    bookmarks: isTrue(query.get('allowWatchBookmarks')) ? 'wanted' : 'unwanted',
    timeoutMs: seconds === undefined || seconds === 0 ? undefined : seconds * 1000,
  };
}

/** Whether a query parameter says yes. */
export function isTrue(value: string | null): boolean {
  return value === 'true' || value === '1';
}

/** @throws {@link StatusError} `Timeout` for a revision that is not there yet: the client knows another server's */
export function requireReached(revision: number, current: number): void {
  if (revision <= current) return;
  throw new StatusError('Timeout', `Too large resource version: ${revision}, current: ${current}`, {
    details: { causes: [{ reason: 'ResourceVersionTooLarge', message: 'Too large resource version' }] },
  });
}

function parseRevision(text: string): number | undefined {
  if (text === '') return undefined;
  if (!/^\d{1,15}$/.test(text)) throw badRequest(`Invalid value: "${text}": resourceVersion must be a number`);
  return Number(text);
}

function parseCount(query: URLSearchParams, name: string): number | undefined {
  const text = query.get(name);
  if (text === null || text === '') return undefined;
  if (!/^\d{1,15}$/.test(text)) throw badRequest(`${name} must be a number, not "${text}"`);
  return Number(text);
}

const listOptions = { group: 'meta.k8s.io', plural: 'listoptions', kind: 'ListOptions' };

function refuse(detail: string, path = 'resourceVersionMatch'): StatusError {
  return invalid(listOptions, '', [{ kind: 'forbidden', path, detail }]);
}

function unsupportedMatch(value: string): StatusError {
  const detail = 'supported values: "Exact", "NotOlderThan", ""';
  return invalid(listOptions, '', [{ kind: 'unsupported', path: 'resourceVersionMatch', value, detail }]);
}
