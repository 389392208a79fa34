import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { aMachine, type Machine, type Ran } from './machine.ts';

// Each step is a process of its own, and the machine may be busy: this only bounds a test that hangs.
jest.setTimeout(240_000);

let machine: Machine;
const uids = new Map<string, string>();

/** A VM whose object goes without the hypervisor's word when it is deleted. */
const forced = (name: string) => ({
  apiVersion: 'infra.virtrigaud.io/v1beta1',
  kind: 'VirtualMachine',
  metadata: { name, annotations: { 'virtrigaud.io/force-delete': 'true' } },
  spec: { providerRef: { name: 'demo-mock' }, imageRef: { name: 'demo-image' }, resources: { cpu: 1, memory: '64Mi' } },
});
const apply = async (object: object) =>
  (await machine.run(['apply', '-f', '-'], { input: JSON.stringify(object) })).code;
const waitFor = async (object: string, condition: string) =>
  expect((await machine.run(['wait', object, `--for=condition=${condition}`, '--timeout=100s'])).code).toBe(0);
const annotate = async (annotations: object) => {
  const { out } = await machine.run(['get', 'provider/demo-mock', '-o', 'json']);
  const { apiVersion, kind, spec } = JSON.parse(out) as Readonly<Record<string, unknown>>;
  expect(await apply({ apiVersion, kind, metadata: { name: 'demo-mock', annotations }, spec })).toBe(0);
};
const release = (...more: readonly string[]) => machine.run(['release', 'provider/demo-mock', ...more]);

/** Counts are written every 10 s at most: asks until it is so. */
async function releaseSays(isSo: (ran: Ran) => boolean): Promise<Ran> {
  const endMs = performance.now() + 100_000;
  for (;;) {
    const ran = await release();
    if (isSo(ran)) return ran;
    if (performance.now() > endMs) throw new Error(`waited in vain: ${ran.out}${ran.err}`);
    await delay(200);
  }
}

beforeAll(async () => {
  machine = await aMachine();
  expect((await machine.run(['up', '--detach', '--demo'])).err).toBe('');
  await waitFor('provider/demo-mock', 'Ready');
});
afterAll(async () => {
  await machine.run(['down']);
  await machine.remove();
});

describe('virtrigaud release', () => {
  it('says that there is nothing to release, and what it did not look at; that is no failure', async () => {
    const { code, out } = await release('--yes');
    expect([code, out]).toEqual([
      0,
      expect.stringMatching(/^provider\.infra\.virtrigaud\.io\/demo-mock: nothing to release: .*another cluster/),
    ]);
  });

  it('shows the machines whose object is gone, says how to go on, and changes nothing', async () => {
    for (const name of ['one', 'two']) {
      await apply(forced(name));
      await waitFor(`vm/${name}`, 'Ready');
      const { out } = await machine.run(['get', `vm/${name}`, '-o', 'json']);
      uids.set(name, (JSON.parse(out) as { metadata: { uid: string } }).metadata.uid);
      expect((await machine.run(['delete', `vm/${name}`])).code).toBe(0);
    }
    const { code, out } = await releaseSays((ran) => ran.out.includes('default.two'));
    expect(code).toBe(0);
    const [one, two] = [uids.get('one') ?? '', uids.get('two') ?? ''];
    expect(out.split('\n').map((line) => line.trim().split(/ {2,}/))).toEqual(
      expect.arrayContaining([
        ['NAME', 'ID', 'OWNER', 'UID'],
        ['default.one', one, 'default/one', one],
        ['default.two', two, 'default/two', two],
      ]),
    );
    expect(out).toContain('virtrigaud release provider/demo-mock --yes');
    expect((await machine.run(['get', 'provider/demo-mock', '-o', 'json'])).out).not.toContain('io/release');
  });

  it('says why not: a name that is not there, a paused Provider, a time that is too short', async () => {
    const failing: readonly (readonly [readonly string[], RegExp])[] = [
      [['release', 'vm/web'], /^vm\/web: write provider\/NAME$/],
      [['release', 'provider/nosuch'], /^there is no Provider nosuch in namespace default$/],
      [['release', 'demo-mock', '--timeout', 'soon'], /^--timeout soon: write it as 30s/],
      [['release', 'prov/demo-mock', '--yes', '--timeout', '1ms'], /^timed out after 0.1 s: /],
    ];
    for (const [args, line] of failing) {
      const { code, err } = await machine.run(args);
      const said = err.split('\n').find((each) => each.startsWith('virtrigaud: ')) ?? '';
      expect([args, code, said.slice('virtrigaud: '.length)]).toEqual([args, 1, expect.stringMatching(line)]);
    }
    // It was asked for all the same: whoever asks again only waits for it.
    expect((await release('--yes')).code).toBe(0);
    await apply(forced('three'));
    await waitFor('vm/three', 'Ready');
    await machine.run(['delete', 'vm/three']);
    await releaseSays((ran) => ran.out.includes('default.three'));
    await annotate({ 'virtrigaud.io/paused': 'true' });
    const { code, err } = await release('--yes');
    expect([code, err]).toEqual([
      1,
      expect.stringMatching(/is paused.*: remove its annotation virtrigaud\.io\/paused first/),
    ]);
    await annotate({});
  });

  it('takes the stamps off with --yes, says so of each, and the machines run on', async () => {
    const { code, out } = await release('--yes', '--timeout', '100s');
    expect(code).toBe(0);
    expect(out).toMatch(/^NAME .*\ndefault\.three .*\ndefault\.three released\n$/);
    expect((await release()).out).toContain('nothing to release');
    // The machine is there still, and its name is taken.
    await apply({ ...forced('three'), metadata: { name: 'three' } });
    await waitFor('vm/three', 'Stalled');
    expect((await machine.run(['get', 'vm/three'])).out).toContain('NameTaken');
  });

  it('says that it does not know while the hypervisor cannot be seen', async () => {
    const { apiVersion } = forced('');
    const spec = { type: 'nosuch', endpoint: 'nosuch://here' };
    await apply({ apiVersion, kind: 'Provider', metadata: { name: 'unserved' }, spec });
    await waitFor('provider/unserved', 'Ready=False');
    const { code, out, err } = await machine.run(['release', 'provider/unserved']);
    expect([code, out]).toEqual([1, '']);
    expect(err).toMatch(/unserved: which machines nobody owns is not known now: the Provider is not connected yet/);
  });
});
