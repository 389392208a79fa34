import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { widgetCrd } from '../src/testing/widget-crd.ts';
import { ServerProcess } from './server-process.ts';
import { temporaryDirectory, widget, widgets } from './with-server.ts';

/** In blocks of 1024 bytes: bash counts so. */
const mostBlocks = 400;

describe('a server that cannot write any more', () => {
  let directory: Awaited<ReturnType<typeof temporaryDirectory>>;
  let server: ServerProcess | undefined;

  beforeEach(async () => {
    directory = await temporaryDirectory();
    await writeFile(join(directory.path, 'crd.yaml'), widgetCrd);
  });
  afterEach(async () => {
    await server?.kill();
    await directory.remove();
  });

  it('says so, takes no write half, still reads, and has all that it acknowledged when there is room again', async () => {
    // The kernel refuses each write past this size, as it does on a disk that fails.
    server = await ServerProcess.start(directory.path, `ulimit -f ${mostBlocks}`);
    const { client } = server;
    const acknowledged: string[] = [];
    const note = 'x'.repeat(20_000);
    let refused: { readonly code: number; readonly message: string } | undefined;
    for (let index = 0; refused === undefined && index < 200; index += 1) {
      const name = `big-${index}`;
      const { code, body } = await client.create(widgets, widget(name, { free: { note } }));
      if (code === 201) acknowledged.push(name);
      else refused = { code, message: body.message };
    }
    expect(refused).toEqual({ code: 500, message: expect.stringMatching(/objects\.db cannot be written: .+/) });
    const names = async () => {
      const { body } = await (server as ServerProcess).client.get(widgets);
      return (body.items as { metadata: { name: string } }[]).map(({ metadata }) => metadata.name).sort();
    };
    expect(await names()).toEqual([...acknowledged].sort());
    expect((await client.create(widgets, widget('small'))).code).toBe(500);
    expect((await client.get('/readyz')).code).toBe(503);
    await server.kill();
    server = await ServerProcess.start(directory.path);
    expect(await names()).toEqual([...acknowledged].sort());
    expect((await server.client.create(widgets, widget('small'))).code).toBe(201);
  });
});
