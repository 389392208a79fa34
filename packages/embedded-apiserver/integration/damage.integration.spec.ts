import { copyFile, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ApiServerError } from '../src/index.ts';
import type { KubeObject } from '../src/kube-object.ts';
import { ObjectStore } from '../src/storage/object-store.ts';
import { temporaryDirectory } from './with-server.ts';

const objects = 150;
const open = (path: string) => new ObjectStore(path, { historyLength: 10, complete: (_resource, object) => object });

const thing = (name: string, round: number): KubeObject => ({
  apiVersion: 'v1',
  kind: 'Thing',
  metadata: { name, uid: name, resourceVersion: '', creationTimestamp: '' },
  text: `${name} in round ${round} ${'x'.repeat(300)}`,
});

const contentOf = (store: ObjectStore): string =>
  JSON.stringify([
    store.revision,
    store
      .table('things')
      .entries()
      .map(([key, { object }]) => [key, object])
      .sort(),
  ]);

describe('a database that was damaged while nobody looked', () => {
  let directory: Awaited<ReturnType<typeof temporaryDirectory>>;
  let sound: Buffer;
  let content: string;
  const path = () => join(directory.path, 'objects.db');

  beforeAll(async () => {
    directory = await temporaryDirectory();
    const store = open(path());
    for (let round = 0; round < 3; round += 1) {
      await Promise.all(
        Array.from({ length: objects }, (_, index) =>
          store.write((transaction) => transaction.put('things', `t${index}`, thing(`t${index}`, round))),
        ),
      );
    }
    content = contentOf(store);
    store.close();
    sound = await readFile(path());
    await copyFile(path(), join(directory.path, 'sound.db'));
  });
  afterAll(() => directory.remove());

  /** What a start on these bytes comes to: refused in words, or all that was acknowledged. Nothing else may be. */
  async function outcomeOf(bytes: Buffer): Promise<'refused' | 'whole'> {
    await writeFile(path(), bytes);
    let store: ObjectStore | undefined;
    try {
      store = open(path());
      expect(contentOf(store)).toBe(content);
      return 'whole';
    } catch (error) {
      // One that was not thrown by the store is the expectation's own.
      if (!(error instanceof ApiServerError)) throw error;
      expect(error.code).toMatch(/^State(Corrupt|TooNew)$/);
      expect(error.message).toContain(path());
      return 'refused';
    } finally {
      store?.close();
    }
  }

  it('is whole when it was not damaged', async () => {
    expect(await outcomeOf(sound)).toBe('whole');
  });

  it('ends in a clear error when bytes of it have changed, and never in silent loss (500 places)', async () => {
    const outcomes = { refused: 0, whole: 0 };
    for (let index = 0; index < 500; index += 1) {
      const bytes = Buffer.from(sound);
      // Spread over the whole file, with a stride that meets every offset within a page.
      const at = Math.floor((index * sound.length) / 500) + ((index * 37) % 64);
      bytes[at % bytes.length] = (bytes[at % bytes.length] ?? 0) ^ (1 << (index % 8));
      outcomes[await outcomeOf(bytes)] += 1;
    }
    // Bytes of pages that hold nothing harm nobody.
    expect(outcomes.refused).toBeGreaterThan(250);
    expect(outcomes.refused + outcomes.whole).toBe(500);
  });

  it.each([0.9, 0.5, 0.1])('ends in a clear error when it was cut to %d of its length', async (share) => {
    expect(await outcomeOf(sound.subarray(0, Math.floor((sound.length * share) / 512) * 512))).toBe('refused');
  });

  it('ends in a clear error when a page was lost in the middle', async () => {
    const bytes = Buffer.from(sound);
    bytes.fill(0, 4096 * 10, 4096 * 11);
    expect(await outcomeOf(bytes)).toBe('refused');
  });
});
