import { randomUUID } from 'node:crypto';
import { watch } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createDurably, isThere, makePrivateDirectory } from './durable-file.ts';
import type { HypervisorState, KnobListener } from './hypervisor-state.ts';
import { isKnobsFile, KnobBoard } from './knobs.ts';
import type { KnobSettings } from './knobs.ts';
import type { VmRecord } from './records.ts';
import { VersionedStore } from './versioned-store.ts';

/**
 * Opens the state that lies in a directory, and makes it when it is not there.
 *
 * @param defaults - knobs that hold where the directory's own do not say otherwise.
 */
export async function openDirectory(directory: string, defaults: KnobSettings = {}): Promise<HypervisorState> {
  await makePrivateDirectory(directory);
  const faults = join(directory, 'faults');
  const id = await identityOf(directory);
  await makePrivateDirectory(faults);
  return {
    place: directory,
    id,
    knobs: new KnobBoard(directory, defaults),
    vms: await VersionedStore.open<VmRecord>(join(directory, 'vms'), ({ stamp }) => stamp?.owner.uid),
    volumes: await VersionedStore.open(join(directory, 'volumes')),
    images: await VersionedStore.open(join(directory, 'images')),
    names: await VersionedStore.open(join(directory, 'names')),
    countStrike: (faultId, times) => countStrike(faults, faultId, times),
    watchKnobs: (listener) => watchKnobs(directory, listener),
  };
}

async function identityOf(directory: string): Promise<string> {
  const path = join(directory, 'hypervisor.json');
  await createDurably(path, JSON.stringify({ id: randomUUID() }));
  return (JSON.parse(await readFile(path, 'utf8')) as { id: string }).id;
}

/** Counts in files, since a fault of one time must strike in one process of several, and a killed one cannot count. */
async function countStrike(directory: string, faultId: string, times: number): Promise<boolean> {
  for (let n = 1; n <= times; n += 1) {
    const path = join(directory, `${faultId}.${n}`);
    if (!(await isThere(path)) && (await createDurably(path, ''))) return true;
  }
  return false;
}

/** By the events of the file system: a state at rest costs nothing. */
function watchKnobs(directory: string, listener: KnobListener): () => void {
  const watcher = watch(directory, (_event, name) => {
    if (name !== null && isKnobsFile(name)) listener.changed();
  });
  watcher.on('error', (error) => listener.failed(error));
  return () => watcher.close();
}
