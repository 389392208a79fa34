import { readdir, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { aMachine, type Machine } from './machine.ts';

// Each step is a process of its own, and the machine may be busy: this only bounds a test that hangs.
jest.setTimeout(240_000);

let machine: Machine;
const file = () => join(machine.home, 'monday.backup');
const state = () => join(machine.home, '.local/share/virtrigaud/up');
const secret = (name: string) => JSON.stringify({ apiVersion: 'v1', kind: 'Secret', metadata: { name } });
const secrets = async () => (await machine.run(['get', 'secret', '-o', 'name'])).out;

beforeAll(async () => {
  machine = await aMachine();
  expect((await machine.run(['up', '--detach'])).code).toBe(0);
});
afterAll(async () => {
  await machine.run(['down']);
  await machine.remove();
});

describe('a person who keeps a backup', () => {
  it('makes it while everything runs: a file of their own, and nothing is left beside the database', async () => {
    await machine.run(['apply', '-f', '-'], { input: secret('kept') });
    const { code, out, err } = await machine.run(['backup', file()]);
    expect([code, err]).toEqual([0, '']);
    expect(out).toMatch(/monday\.backup: all objects as of revision \d+, \d+ bytes\. Secrets are in it: keep it as/);
    expect((await stat(file())).mode & 0o777).toBe(0o600);
    expect((await readdir(join(state(), 'apiserver'))).filter((name) => name.startsWith('backup'))).toEqual([]);
    const other = join(machine.home, 'other.backup');
    const said = JSON.parse((await machine.run(['backup', other, '-o', 'json'])).out) as { bytes: number };
    expect(said).toEqual({ file: other, bytes: (await stat(other)).size, revision: expect.any(Number) });
  });

  it('is refused what cannot be done, and told why', async () => {
    await writeFile(join(machine.home, 'no.backup'), 'no backup');
    const failing: readonly (readonly [string[], RegExp])[] = [
      [['backup', file()], /^virtrigaud: .*monday\.backup is there already: name another file$/],
      [['backup', 'no/such/directory'], /^virtrigaud: cannot write .*no\/such\/directory: ENOENT/],
      [['backup', 'x', '--state', 'empty'], /^virtrigaud: no virtrigaud up runs in .*empty: start one/],
      [
        ['restore', file()],
        /^virtrigaud: virtrigaud up runs in .*up \(process \d+\): end it with `virtrigaud down`, then restore$/,
      ],
      [
        ['restore', 'no.backup', '--state', 'empty'],
        /^virtrigaud: .*no\.backup cannot be restored: .*; nothing was changed$/,
      ],
      [['restore', 'none', '--state', 'empty'], /^virtrigaud: cannot read .*none: ENOENT.*; nothing was changed$/],
    ];
    for (const [args, line] of failing) {
      const { code, err } = await machine.run(args);
      expect([args, code, err.trim()]).toEqual([args, 1, expect.stringMatching(line)]);
    }
  });

  it('restores it once everything has ended: what is in it is there, the rest is kept aside, and the kubeconfig still works', async () => {
    await machine.run(['delete', 'secret/kept']);
    await machine.run(['apply', '-f', '-'], { input: secret('later') });
    expect((await machine.run(['down'])).code).toBe(0);
    const { code, out } = await machine.run(['restore', file()]);
    expect(code).toBe(0);
    expect(out).toMatch(
      /^\d+ objects restored into .*\/up; what was there is kept in .*\/apiserver\.before-\d+T\d+Z\. Start it with `virtrigaud up`\n$/,
    );
    expect((await readdir(state())).filter((name) => name.startsWith('up.json'))).toEqual([]);
    expect((await machine.run(['up', '--detach'])).code).toBe(0);
    expect(await secrets()).toBe('secret/kept\n');
    expect((await machine.run(['status'])).code).toBe(0);
  });
});
