import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { Agent, request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { parse } from 'yaml';

const packages = join(import.meta.dirname, '../..');

/** What a server answered. */
export interface Answer {
  readonly code: number;
  // Answers are looked into by tests, whose expectations are the check.
  // eslint-disable-next-line @typescript-eslint/no-explicit-any
  readonly body: any;
}

/** An API server of one test file. */
export interface Server {
  call(method: string, path: string, body?: unknown): Promise<Answer>;
  stop(): Promise<void>;
}

/** The embedded API server with all CRDs of ours. */
export async function startEmbedded(): Promise<Server> {
  const directory = await mkdtemp(join(tmpdir(), 'api-types-'));
  const main = join(packages, 'embedded-apiserver/src/main.ts');
  const argv = ['--state', join(directory, 'state'), '--crds', join(packages, 'api-types/crds')];
  const node = ['--conditions=@virtrigaud/source', '--disable-warning=ExperimentalWarning'];
  const child = spawn(process.execPath, [...node, main, ...argv], { stdio: ['ignore', 'pipe', 'inherit'] });
  const line = await firstLine(child);
  if (line === undefined) throw new Error('the embedded API server did not start');
  const stop = async () => {
    const ended = once(child, 'exit');
    child.kill('SIGTERM');
    await ended;
    await rm(directory, { recursive: true });
  };
  return connect(line, stop);
}

/** A real API server, without any CRD; or why there is none. */
export async function startReal(): Promise<Server | { readonly why: string }> {
  const program = join(packages, '../tools/kubernetes/serve.js');
  const child = spawn(process.execPath, [program], { stdio: ['pipe', 'pipe', 'pipe'] });
  let why = '';
  child.stderr?.on('data', (chunk: Buffer) => (why += chunk.toString()));
  const ended = once(child, 'close');
  const line = await firstLine(child);
  if (line === undefined) {
    await ended;
    return { why: why.trim() };
  }
  const stop = async () => {
    child.stdin?.end();
    await ended;
  };
  return connect(line, stop);
}

/** The first line that a program prints; undefined when it ends without one. */
async function firstLine(child: ChildProcess): Promise<string | undefined> {
  if (!child.stdout) throw new Error('stdout is a pipe');
  const lines = createInterface(child.stdout);
  const [line] = (await Promise.race([once(lines, 'line'), once(child, 'exit')])) as readonly unknown[];
  return typeof line === 'string' ? line : undefined;
}

async function connect(line: string, stop: () => Promise<void>): Promise<Server> {
  const { kubeconfig } = JSON.parse(line) as { readonly kubeconfig: string };
  const { clusters, users } = parse(await readFile(kubeconfig, 'utf8')) as {
    readonly clusters: readonly { readonly cluster: Readonly<Record<string, string>> }[];
    readonly users: readonly { readonly user: Readonly<Record<string, string>> }[];
  };
  const cluster = clusters[0]?.cluster ?? {};
  const user = users[0]?.user ?? {};
  const pem = (text: string | undefined) => (text === undefined ? undefined : Buffer.from(text, 'base64'));
  const agent = new Agent({
    keepAlive: true,
    ca: pem(cluster['certificate-authority-data']),
    cert: pem(user['client-certificate-data']),
    key: pem(user['client-key-data']),
  });
  const headers = {
    'content-type': 'application/json',
    ...(user['token'] !== undefined && { authorization: `Bearer ${user['token']}` }),
  };
  return {
    call: (method, path, body) =>
      new Promise((resolve, reject) => {
        const asking = request(new URL(path, cluster['server']), { method, agent, headers }, (response) => {
          const chunks: Buffer[] = [];
          response.on('data', (chunk: Buffer) => chunks.push(chunk));
          response.on('end', () =>
            resolve({ code: response.statusCode ?? 0, body: JSON.parse(Buffer.concat(chunks).toString()) as unknown }),
          );
          response.on('error', reject);
        });
        asking.on('error', reject);
        asking.end(body === undefined ? undefined : JSON.stringify(body));
      }),
    stop: async () => {
      agent.destroy();
      await stop();
    },
  };
}
