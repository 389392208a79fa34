import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { openMockHypervisor } from '../src/index.ts';
import type { MockHypervisorAccess } from '../src/index.ts';
import { webOwner } from '../src/testing/web.ts';

type Ending = { readonly code: number | null; readonly signal: string | null };
const killed: Ending = { code: null, signal: 'SIGKILL' };
const finished: Ending = { code: 0, signal: null };

async function run(fixture: string, directory: string): Promise<Ending> {
  const script = join(import.meta.dirname, 'fixtures', fixture);
  // Who is killed removes nothing: its sockets go with the test's own folder.
  const env = { ...process.env, TMPDIR: dirname(directory) };
  const args = ['--conditions=@virtrigaud/source', script, directory];
  const child = spawn(process.execPath, args, { stdio: 'ignore', env });
  const [code, signal] = (await once(child, 'exit')) as [number | null, string | null];
  return { code, signal };
}

describe('a process that is killed', () => {
  let folder: string;
  let directory: string;
  let truth: MockHypervisorAccess;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'mock-kill-'));
    directory = join(folder, 'state');
    truth = await openMockHypervisor(directory);
  });
  afterEach(() => rm(folder, { recursive: true }));

  it.each([
    { point: 'create', left: { vms: 0, volumes: 0 } },
    { point: 'create.claim', left: { vms: 1, volumes: 0 } },
    { point: 'create.volume', left: { vms: 1, volumes: 1 } },
    { point: 'create.volumes', left: { vms: 1, volumes: 3 } },
    { point: 'create.complete', left: { vms: 1, volumes: 3 } },
    { point: 'create.power', left: { vms: 1, volumes: 3 } },
  ])('P02 after $point leaves what was done, and the next one makes it one VM', async ({ point, left }) => {
    await truth.addFaults({ id: 'k', point, times: 1, effect: { kind: 'kill' } });
    expect(await run('create-once.ts', directory)).toEqual(killed);
    expect({ vms: (await truth.vms()).length, volumes: (await truth.volumes()).length }).toEqual(left);

    expect(await run('create-once.ts', directory)).toEqual(finished);
    expect(await truth.vms()).toEqual([
      expect.objectContaining({ id: webOwner.uid, name: 'default.web', lifecycle: 'ready', stamp: expect.anything() }),
    ]);
    expect((await truth.vms())[0]?.operation).toBeUndefined();
    const volumes = (await truth.volumes()).map(({ name, complete, vmId }) => ({ name, complete, vmId }));
    expect(volumes).toEqual(['_seed', 'data', 'root'].map((name) => ({ name, complete: true, vmId: webOwner.uid })));
  });

  it('P02 of two at once that create for one owner, one VM comes out', async () => {
    const endings = await Promise.all([run('create-once.ts', directory), run('create-once.ts', directory)]);
    expect(endings).toContainEqual(finished);
    expect(await truth.vms()).toHaveLength(1);
    expect(await run('create-once.ts', directory)).toEqual(finished);
    expect((await truth.vms()).map(({ lifecycle }) => lifecycle)).toEqual(['ready']);
    expect(await truth.volumes()).toHaveLength(3);
  });

  it.each(['delete.mark', 'delete.volumes', 'delete.undefine'])(
    'P14 after %s, the next one removes the rest',
    async (point) => {
      expect(await run('create-once.ts', directory)).toEqual(finished);
      const foreign = await truth.define({ name: 'other' });
      await truth.addFaults({ id: 'k', point, times: 1, effect: { kind: 'kill' } });
      expect(await run('delete-once.ts', directory)).toEqual(killed);
      expect(await run('delete-once.ts', directory)).toEqual(finished);
      expect(await truth.vms()).toEqual([foreign]);
      expect(await truth.volumes()).toEqual([]);
      // The name is free again, too.
      await expect(truth.define({ name: 'default.web' })).resolves.toMatchObject({ name: 'default.web' });
    },
  );

  it('P01 never touches another’s VM of the same name', async () => {
    const foreign = await truth.define({ name: 'default.web', power: 'on', tags: { mine: 'yes' } });
    expect((await run('create-once.ts', directory)).code).not.toBe(0);
    expect((await run('delete-once.ts', directory)).code).toBe(0);
    expect(await truth.vms()).toEqual([foreign]);
    expect(await truth.volumes()).toEqual([]);
  });
});
