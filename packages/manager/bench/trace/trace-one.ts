import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { isReady } from '../vm-watch.ts';
import { Stage, type StageOptions } from '../stage.ts';
import { hopsOf, type Hop, type Life } from './hops.ts';
import { markOf, nowNs, type Mark } from './mark.ts';

/** How many VMs are made one after the other. */
export interface TraceSize {
  readonly warmUp: number;
  readonly samples: number;
}

/** Makes one VM after the other, and tells of the middle one when it was where, in which process. */
export async function traceOne(options: StageOptions, { warmUp, samples }: TraceSize): Promise<readonly Hop[]> {
  const directory = await mkdtemp(join(tmpdir(), 'vr-trace-'));
  try {
    const hook = `${fileURLToPath(new URL('hook.ts', import.meta.url))}?to=${directory}`;
    const stage = await Stage.set({ ...options, nodeArguments: [`--import=file://${hook}`] });
    const lives: Life[] = [];
    try {
      for (let index = 0; index < warmUp; index += 1) await lifeOf(stage, `warm-${String(index)}`);
      for (let index = 0; index < samples; index += 1) lives.push(await lifeOf(stage, `trace-${String(index)}`));
    } finally {
      // Each process writes down what it saw when it ends.
      await stage.stop();
    }
    return hopsOf(lives, await marksIn(directory));
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

async function lifeOf(stage: Stage, name: string): Promise<Life> {
  const ready = stage.watch.until(name, isReady).then(() => nowNs());
  const startNs = nowNs();
  await stage.apply(name);
  return { name, startNs, readyNs: await ready };
}

async function marksIn(directory: string): Promise<readonly Mark[]> {
  const files = (await readdir(directory)).filter((name) => name.endsWith('.marks'));
  const texts = await Promise.all(files.map((name) => readFile(join(directory, name), 'utf8')));
  return texts.flatMap((text) =>
    text
      .split('\n')
      .filter((line) => line !== '')
      .map(markOf),
  );
}
