import { subscribe } from 'node:diagnostics_channel';
import { writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { lineOf, nowNs, type Mark } from './mark.ts';

/*
 * Loaded before a program: `--import hook.ts?to=DIRECTORY`. It changes nothing of the program; it subscribes to what Node, undici and
 * the controllers tell on their diagnostics channels, keeps that in memory, and writes it down when the program ends.
 */

/** Calls of a VM's life. Streams are open all the time. */
const unary = /\/(Create|Describe|Delete|Reconfigure|Power)$/;
const vmPath = /\/virtualmachines(?:\/([^/?]+)(\/status)?)?(?:\?|$)/;
/** What an event of the watch says; the API server writes `metadata` before `spec`, so the first name is the object's own. */
const watchEvent = /"type":"(ADDED|MODIFIED|DELETED)".*?"name":"([^"]+)"/g;

const to = new URL(import.meta.url).searchParams.get('to') ?? '.';
/** `packages/manager/dist/main.js` is the manager. */
const program = basename(dirname(dirname(process.argv[1] ?? '')));
const marks: Mark[] = [];
const mark = (what: string, of?: string): void => void marks.push({ atNs: nowNs(), what: `${program}: ${what}`, of });

interface HttpMessage {
  readonly request: { readonly method: string; readonly url: string };
}
interface ClientMessage {
  readonly request: { readonly method: string; readonly path: string };
  readonly chunk?: Uint8Array;
}
interface StreamMessage {
  readonly stream: object;
  readonly headers: Readonly<Record<string, unknown>>;
}
interface ReconcileMessage {
  readonly controller: string;
  readonly key: string;
  readonly moment: string;
}

function on<T>(channel: string, tell: (message: T) => void): void {
  subscribe(channel, (message) => tell(message as T));
}

function markWrite(method: string, path: string, what: string): void {
  const [isVm, name, status] = vmPath.exec(path) ?? [];
  if (isVm === undefined || method === 'GET') return;
  mark(`${method} ${status === undefined ? 'object' : 'status'} ${what}`, name);
}

on<HttpMessage>('http.server.request.start', ({ request: { method, url } }) =>
  markWrite(method, url, 'begins to be read'),
);
on<HttpMessage>('http.server.response.finish', ({ request: { method, url } }) =>
  markWrite(method, url, 'is answered, safe on the disk'),
);
on<ClientMessage>('undici:request:create', ({ request: { method, path } }) => markWrite(method, path, 'is sent'));
on<ClientMessage>('undici:request:trailers', ({ request: { method, path } }) =>
  markWrite(method, path, 'has its answer'),
);
on<ClientMessage>('undici:request:bodyChunkReceived', ({ request: { method, path }, chunk = new Uint8Array() }) => {
  if (method !== 'GET' || !vmPath.test(path)) return;
  for (const [, type, name] of Buffer.from(chunk).toString().matchAll(watchEvent))
    mark(`the watch brings ${String(type)}`, name);
});
on<ReconcileMessage>('virtrigaud.reconcile', ({ controller, key, moment }) => {
  if (controller === 'virtualmachine') mark(`reconcile ${moment}`, key.split('/').at(-1));
});

/** Paths of the calls that are on their way: a stream tells its headers only when it is made. */
const calls = new WeakMap<object, string>();
for (const [side, begins, ended] of [
  ['client', 'is sent', 'has its answer'],
  ['server', 'begins at the provider', 'is answered by it'],
] as const) {
  on<StreamMessage>(`http2.${side}.stream.created`, ({ stream, headers }) => {
    const name = unary.exec(String(headers[':path']))?.[1];
    if (name === undefined) return;
    calls.set(stream, name);
    mark(`${name} ${begins}`);
  });
  on<StreamMessage>(`http2.${side}.stream.close`, ({ stream }) => {
    const name = calls.get(stream);
    if (name !== undefined) mark(`${name} ${ended}`);
  });
}

process.once('exit', () => {
  writeFileSync(join(to, `${String(process.pid)}.marks`), marks.map((each) => `${lineOf(each)}\n`).join(''));
});
