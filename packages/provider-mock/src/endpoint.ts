import { homedir } from 'node:os';
import { isAbsolute, join } from 'node:path';
import type { KnobSettings } from './hypervisor/knobs.ts';

/** Where a mock hypervisor lies, and how it behaves unless its own knobs say otherwise. */
export interface MockEndpoint {
  /** Absolute. */
  readonly directory: string;
  readonly knobs: KnobSettings;
}

/** What came of reading an endpoint: where it leads, or what is wrong with it. */
export type EndpointResult =
  { readonly ok: true; readonly endpoint: MockEndpoint } | { readonly ok: false; readonly problem: string };

const durations = {
  latency: 'latencyMs',
  boot: 'bootMs',
  shutdown: 'shutdownMs',
  import: 'importMs',
  copy: 'copyMs',
} as const;

/**
 * Reads an endpoint: `mock://<name>` lies below this user's data directory, `mock:///abs/dir` and `mock://<name>?state=/abs/dir` in
 * that directory. `latency`, `boot`, `shutdown`, `copy` and `import` take a duration: `boot=1500ms`, `latency=2s`.
 */
export function parseEndpoint(text: string): EndpointResult {
  const url = URL.parse(text);
  if (url?.protocol !== 'mock:')
    return bad(`${text} is no endpoint of a mock hypervisor; write mock://local or mock:///directory`);
  const unknown = [...url.searchParams.keys()].filter((key) => key !== 'state' && !(key in durations));
  if (unknown.length > 0)
    return bad(`${text}: there is no ${unknown.join(', ')}; there are state, ${Object.keys(durations).join(', ')}`);

  const knobs: Record<string, number> = {};
  for (const [key, knob] of Object.entries(durations)) {
    const given = url.searchParams.get(key);
    if (given === null) continue;
    const ms = durationMs(given);
    if (ms === undefined) return bad(`${text}: ${key} must be a duration of at most ten minutes, like 250ms or 2s`);
    knobs[knob] = ms;
  }
  const directory = directoryOf(url);
  return directory === undefined
    ? bad(`${text} names no directory; write mock://local, mock:///directory or mock://local?state=/directory`)
    : { ok: true, endpoint: { directory, knobs } };
}

function directoryOf(url: URL): string | undefined {
  const state = url.searchParams.get('state');
  if (state !== null) return isAbsolute(state) ? state : undefined;
  const path = decodeURIComponent(url.pathname);
  if (url.hostname === '') return path.length > 1 ? path : undefined;
  return path === '' || path === '/' ? join(dataDirectory(), 'virtrigaud', 'mock', url.hostname) : undefined;
}

/** By the XDG rules, as `virtrigaud up` does, so that two data directories are two hypervisors. */
function dataDirectory(): string {
  const given = process.env['XDG_DATA_HOME'];
  if (given?.startsWith('/')) return given;
  return process.platform === 'darwin'
    ? join(homedir(), 'Library', 'Application Support')
    : join(homedir(), '.local', 'share');
}

function durationMs(text: string): number | undefined {
  const match = /^(\d{1,6})(ms|s|m)$/.exec(text);
  if (!match) return undefined;
  const ms = Number(match[1]) * { ms: 1, s: 1_000, m: 60_000 }[match[2] as 'ms' | 's' | 'm'];
  return ms <= 600_000 ? ms : undefined;
}

function bad(problem: string): EndpointResult {
  return { ok: false, problem };
}
