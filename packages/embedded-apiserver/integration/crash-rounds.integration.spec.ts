import { once } from 'node:events';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import type { ApiClient, TestEvent, TestWatch } from '../src/testing/api-client.ts';
import { widgetCrd } from '../src/testing/widget-crd.ts';
import { ServerProcess } from './server-process.ts';
import { temporaryDirectory, widget, widgets } from './with-server.ts';

const lives = 6;
const writers = 6;

/** What a client was told of one name last: its version, or that it is gone. */
type Told = { readonly kind: 'there'; readonly version: number; readonly uid: string } | { readonly kind: 'gone' };

describe('a server that is killed again and again while clients write', () => {
  let directory: Awaited<ReturnType<typeof temporaryDirectory>>;
  let server: ServerProcess | undefined;

  beforeAll(async () => {
    directory = await temporaryDirectory();
    await writeFile(join(directory.path, 'crd.yaml'), widgetCrd);
  });
  afterEach(async () => {
    await server?.kill();
  });
  afterAll(() => directory.remove());

  const start = async () => {
    server = await ServerProcess.start(directory.path);
    return server;
  };

  it(`loses nothing that was acknowledged, and uses no resourceVersion twice (${lives} lives)`, async () => {
    const told = new Map<string, Told>();
    /** Who got a version, in answers and events of all lives. */
    const owners = new Map<number, string>();
    const own = (version: number, what: string) => {
      expect(`${version} ${owners.get(version) ?? what}`).toBe(`${version} ${what}`);
      owners.set(version, what);
    };
    let seen = 0;
    const resumed = { from: 0 };
    for (let life = 0; life < lives; life += 1) {
      const { client, process } = await start();
      await checkAcknowledged(client, told);
      const watch = await client.watch(`${widgets}?watch=1&resourceVersion=${seen}`);
      const watching = follow(watch, (event) => {
        if (event.type === 'ERROR') {
          expect(event.object.code).toBe(410);
          return;
        }
        const { name, resourceVersion } = event.object.metadata;
        expect(Number(resourceVersion)).toBeGreaterThan(life === 0 ? 0 : seen - 1);
        own(Number(resourceVersion), event.type === 'DELETED' ? `${name} gone` : name);
        resumed.from += 1;
      });
      const before = told.size;
      const writing = Array.from({ length: writers }, (_, writer) =>
        write(client, `l${life}w${writer}`, { told, own }),
      );
      while (told.size < before + 40) await setTimeout(2);
      // Somewhere in the middle of a commit, or between two: the writers do not wait for each other.
      await setTimeout(life * 3);
      process.kill('SIGKILL');
      await Promise.all([...writing, watching, once(process, 'exit')]);
      seen = Math.max(...owners.keys());
    }
    await checkAcknowledged((await start()).client, told);
    expect(told.size).toBeGreaterThanOrEqual(lives * 40);
    // A watch from the newest version goes on; one from before may have missed something, and is told so.
    expect(resumed.from).toBeGreaterThan(40);
  });

  it('damaged, it says so instead of forgetting', async () => {
    const { client } = await start();
    const { body: list } = await client.get(widgets);
    await server?.kill('SIGTERM');
    const path = join(directory.path, 'state', 'objects.db');
    const sound = await readFile(path);
    const [first] = list.items as readonly { readonly metadata: { readonly uid: string } }[];
    const at = sound.indexOf(first?.metadata.uid ?? '');
    const bytes = Buffer.from(sound);
    bytes.write('0', at);
    if (bytes.equals(sound)) bytes.write('1', at);
    await writeFile(path, bytes);
    await expect(start()).rejects.toThrow(
      /objects\.db is damaged: widgets\.test\.io default\/\S+ is not as it was written/,
    );
    await rm(path);
  });
});

/** Everything that was acknowledged is there, as it was or newer, and what is gone stays gone. */
async function checkAcknowledged(client: ApiClient, told: ReadonlyMap<string, Told>): Promise<void> {
  const { body: list } = await client.get(widgets);
  const items = list.items as readonly { readonly metadata: { name: string; uid: string; resourceVersion: string } }[];
  const found = new Map(items.map(({ metadata }) => [metadata.name, metadata]));
  for (const [name, last] of told) {
    const kept = found.get(name);
    if (last.kind === 'gone') expect([name, kept]).toEqual([name, undefined]);
    // A deletion that was sent and not acknowledged may have happened: only then it is not there.
    else if (kept) {
      expect(kept.uid).toBe(last.uid);
      expect(Number(kept.resourceVersion)).toBeGreaterThanOrEqual(last.version);
    } else expect(name).toMatch(/d$/);
  }
}

/** Creates, changes and deletes until the connection breaks. */
async function write(
  client: ApiClient,
  writer: string,
  into: { readonly told: Map<string, Told>; readonly own: (version: number, what: string) => void },
): Promise<void> {
  const tell = (name: string, metadata: { uid: string; resourceVersion: string }) => {
    into.own(Number(metadata.resourceVersion), name);
    into.told.set(name, { kind: 'there', version: Number(metadata.resourceVersion), uid: metadata.uid });
  };
  try {
    for (let index = 0; ; index += 1) {
      // Names of what will be deleted end in d.
      const name = `${writer}-${index}${index % 3 === 0 ? 'd' : 'k'}`;
      tell(name, (await client.create(widgets, widget(name))).body.metadata);
      tell(name, (await client.patch(`${widgets}/${name}`, { spec: { size: 9 } })).body.metadata);
      if (index % 3 !== 0) continue;
      expect((await client.remove(`${widgets}/${name}`)).code).toBe(200);
      into.told.set(name, { kind: 'gone' });
    }
  } catch (error) {
    if ((error as { readonly matcherResult?: unknown }).matcherResult) throw error;
    // The death of the server is what this waits for.
    expect(String(error)).toMatch(/ECONN|socket hang up|aborted|EPIPE/);
  }
}

async function follow(watch: TestWatch, see: (event: TestEvent) => void): Promise<void> {
  try {
    for (let event = await watch.next(); event; event = await watch.next()) see(event);
  } catch (error) {
    if ((error as { readonly matcherResult?: unknown }).matcherResult) throw error;
    // Cut in the middle of a line, or of the connection.
    expect(String(error)).toMatch(/ECONN|aborted|JSON/);
  }
}
