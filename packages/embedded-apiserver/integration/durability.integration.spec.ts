import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { createInterface } from 'node:readline';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { ApiClient } from '../src/testing/api-client.ts';
import type { TestAnswer } from '../src/testing/api-client.ts';
import { widgetCrd } from '../src/testing/widget-crd.ts';
import { temporaryDirectory, widget, widgets } from './with-server.ts';

const main = join(import.meta.dirname, '../src/main.ts');

interface Child {
  readonly process: ChildProcess;
  readonly client: ApiClient;
  readonly kubeconfig: string;
}

let directory: Awaited<ReturnType<typeof temporaryDirectory>>;
let stateDir: string;
let crdFile: string;
const children: Child[] = [];

beforeEach(async () => {
  directory = await temporaryDirectory();
  stateDir = join(directory.path, 'state');
  crdFile = join(directory.path, 'crd.yaml');
  await writeFile(crdFile, widgetCrd);
});

afterEach(async () => {
  for (const child of children.splice(0)) {
    child.client.close();
    if (child.process.exitCode === null && child.process.signalCode === null) {
      const ended = once(child.process, 'exit');
      child.process.kill('SIGKILL');
      await ended;
    }
  }
  await directory.remove();
});

function launch(): ChildProcess {
  return spawn(
    process.execPath,
    [
      '--conditions=@virtrigaud/source',
      '--disable-warning=ExperimentalWarning',
      main,
      '--state',
      stateDir,
      '--crds',
      crdFile,
    ],
    { stdio: ['ignore', 'pipe', 'pipe'] },
  );
}

async function start(): Promise<Child> {
  const process = launch();
  if (!process.stdout) throw new Error('stdout is a pipe');
  const [line] = (await once(createInterface(process.stdout), 'line')) as [string];
  const { url, kubeconfig } = JSON.parse(line) as { url: string; kubeconfig: string };
  const [caText, token] = await Promise.all(['ca.pem', 'token'].map((name) => readFile(join(stateDir, name), 'utf8')));
  const client = new ApiClient({ url, caPem: caText ?? '', token: (token ?? '').trim() });
  const child = { process, client, kubeconfig };
  children.push(child);
  return child;
}

/** Runs a server that must not start. */
async function refused(): Promise<{ readonly code: number | null; readonly text: string }> {
  const process = launch();
  let text = '';
  process.stderr?.on('data', (chunk: Buffer) => (text += chunk.toString()));
  const [code] = (await once(process, 'close')) as [number | null];
  return { code, text };
}

/** Writes until the connection breaks; what was acknowledged is in `acknowledged`. */
async function writeUntilDeath(
  child: Child,
  writer: string,
  acknowledged: Map<string, TestAnswer['body']>,
): Promise<void> {
  try {
    for (let index = 0; ; index += 1) {
      const name = `${writer}-${index}`;
      const made = await child.client.create(widgets, widget(name));
      if (made.code === 201) acknowledged.set(name, made.body);
      const grown = await child.client.patch(`${widgets}/${name}`, { spec: { size: 9 } });
      if (grown.code === 200) acknowledged.set(name, grown.body);
    }
  } catch (error) {
    // The death of the server is what this waits for.
    expect(String(error)).toMatch(/ECONN|socket hang up|aborted|EPIPE/);
  }
}

describe('a server that is killed', () => {
  it('keeps every acknowledged write and never uses a resourceVersion again', async () => {
    const acknowledged = new Map<string, TestAnswer['body']>();
    const seen = new Map<string, string>();
    for (let life = 0; life < 3; life += 1) {
      const child = await start();
      const before = acknowledged.size;
      const writers = Array.from({ length: 8 }, (_, index) =>
        writeUntilDeath(child, `l${life}w${index}`, acknowledged),
      );
      while (acknowledged.size < before + 60) await setTimeout(5);
      child.process.kill('SIGKILL');
      await Promise.all([...writers, once(child.process, 'exit')]);
    }
    const { client } = await start();
    const { body: list } = await client.get(widgets);
    const found = new Map(list.items.map((item: { metadata: { name: string } }) => [item.metadata.name, item]));
    for (const [name, object] of acknowledged) {
      const kept = found.get(name) as TestAnswer['body'];
      expect(kept?.metadata.uid).toBe(object.metadata.uid);
      // What was not acknowledged may have happened, too; it then is newer.
      expect(Number(kept.metadata.resourceVersion)).toBeGreaterThanOrEqual(Number(object.metadata.resourceVersion));
      const owner = seen.get(object.metadata.resourceVersion);
      expect(owner ?? name).toBe(name);
      seen.set(object.metadata.resourceVersion, name);
    }
    const newest = Math.max(...[...acknowledged.values()].map((object) => Number(object.metadata.resourceVersion)));
    const { body: next } = await client.create(widgets, widget('after'));
    expect(Number(next.metadata.resourceVersion)).toBeGreaterThan(newest);
    expect(acknowledged.size).toBeGreaterThanOrEqual(180);
  });

  it('does not use the resourceVersion of a deletion again', async () => {
    const first = await start();
    await first.client.create(widgets, widget('gone'));
    const watch = await first.client.watch(`${widgets}?watch=1`);
    await watch.take(1);
    await first.client.remove(`${widgets}/gone`);
    const [deleted] = await watch.take(1);
    first.process.kill('SIGKILL');
    await once(first.process, 'exit');
    const second = await start();
    const { body } = await second.client.create(widgets, widget('next'));
    expect(Number(body.metadata.resourceVersion)).toBeGreaterThan(Number(deleted?.object.metadata.resourceVersion));
  });

  it('lets the watch of before resume where nothing was missed, and answers 410 where something may have been', async () => {
    const first = await start();
    const { body: old } = await first.client.create(widgets, widget('one'));
    const { body: newest } = await first.client.create(widgets, widget('two'));
    first.process.kill('SIGKILL');
    await once(first.process, 'exit');
    const { client } = await start();
    const stale = await client.watch(`${widgets}?watch=1&resourceVersion=${old.metadata.resourceVersion}`);
    expect(await stale.next()).toMatchObject({ type: 'ERROR', object: { code: 410 } });
    const fresh = await client.watch(`${widgets}?watch=1&resourceVersion=${newest.metadata.resourceVersion}`);
    await client.create(widgets, widget('three'));
    expect(await fresh.next()).toMatchObject({ type: 'ADDED', object: { metadata: { name: 'three' } } });
  });

  it('is the same cluster afterwards: id, token and CA', async () => {
    const first = await start();
    const before = await first.client.get('/api/v1/namespaces/kube-system');
    const files = async () => Promise.all(['ca.pem', 'token'].map((name) => readFile(join(stateDir, name), 'utf8')));
    const kept = await files();
    first.process.kill('SIGKILL');
    await once(first.process, 'exit');
    const second = await start();
    const after = await second.client.get('/api/v1/namespaces/kube-system');
    expect(after.body.metadata.uid).toBe(before.body.metadata.uid);
    expect(await files()).toEqual(kept);
  });
});

describe('a server that is told to stop', () => {
  it('ends its watches and exits 0', async () => {
    const child = await start();
    const watch = await child.client.watch(`${widgets}?watch=1`);
    const ended = once(child.process, 'exit');
    child.process.kill('SIGTERM');
    expect(await watch.next()).toBeUndefined();
    expect(watch.response.complete).toBe(true);
    expect(await ended).toEqual([0, null]);
  });
});

describe('a server that cannot start says why', () => {
  it('because another one uses the directory', async () => {
    await start();
    const { code, text } = await refused();
    expect(code).toBe(1);
    expect(text).toContain('is in use by another process');
  });

  it('because the database is damaged', async () => {
    const child = await start();
    child.process.kill('SIGTERM');
    await once(child.process, 'exit');
    const path = join(stateDir, 'objects.db');
    const bytes = await readFile(path);
    await writeFile(path, bytes.fill(0x5a, 4096));
    const { code, text } = await refused();
    expect(code).toBe(1);
    expect(text).toContain('is damaged');
  });

  it('because a CRD uses what it does not have', async () => {
    await writeFile(crdFile, widgetCrd.replace('self == oldSelf', 'self.lowerAscii() == oldSelf'));
    const { code, text } = await refused();
    expect(code).toBe(1);
    expect(text).toContain('lowerAscii');
    expect(text).toContain('openAPIV3Schema.properties[spec].properties[frozen]');
  });
});
