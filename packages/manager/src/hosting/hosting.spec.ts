import { mkdir, mkdtemp, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { findProviderPackage } from './find-provider-package.ts';
import { prepareRuntimeDirectory, socketPath } from './runtime-directory.ts';
import { SecretCredentials } from './secret-credentials.ts';

describe('findProviderPackage', () => {
  let directory: string;
  const imported: string[] = [];
  const provider = (type: string) => ({ default: { type, version: '1', serve: async () => undefined } });
  const search = (given: Record<string, string> = {}, module: unknown = provider('acme')) => ({
    given,
    from: [directory],
    load: async (url: string) => {
      imported.push(url.slice(url.indexOf('node_modules')));
      return module;
    },
  });

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'vr-packages-'));
    for (const name of ['@virtrigaud/provider-acme', 'virtrigaud-provider-acme', 'virtrigaud-provider-other']) {
      const home = join(directory, 'node_modules', name);
      await mkdir(home, { recursive: true });
      await writeFile(join(home, 'package.json'), JSON.stringify({ name, type: 'module', exports: './index.js' }));
      await writeFile(join(home, 'index.js'), 'export default 1;\n');
    }
  });

  afterAll(async () => {
    await rm(directory, { recursive: true });
  });

  it.each([
    {
      because: 'ours is asked for first',
      type: 'acme',
      given: {},
      expected: 'node_modules/@virtrigaud/provider-acme/index.js',
    },
    {
      because: 'then anybody’s',
      type: 'other',
      given: {},
      expected: 'node_modules/virtrigaud-provider-other/index.js',
    },
    {
      because: 'a person’s word wins: a package',
      type: 'acme',
      given: { acme: 'virtrigaud-provider-other' },
      expected: 'node_modules/virtrigaud-provider-other/index.js',
    },
    {
      because: 'a person’s word wins: a directory',
      type: 'acme',
      given: { acme: './node_modules/virtrigaud-provider-acme' },
      expected: 'node_modules/virtrigaud-provider-acme/index.js',
    },
    {
      because: 'a person’s word wins: a file',
      type: 'acme',
      given: { acme: './node_modules/virtrigaud-provider-acme/index.js' },
      expected: 'node_modules/virtrigaud-provider-acme/index.js',
    },
  ])('$because', async ({ type, given, expected }) => {
    await findProviderPackage(type, search(given, provider(type)));
    expect(imported.at(-1)).toBe(expected);
  });

  it('P74 says what was looked for, and refuses what is no provider or serves another type', async () => {
    await expect(findProviderPackage('none', search())).rejects.toMatchObject({
      code: 'PackageMissing',
      message: expect.stringContaining('@virtrigaud/provider-none, virtrigaud-provider-none'),
    });
    await expect(findProviderPackage('acme', search({}, { default: 1 }))).rejects.toMatchObject({
      code: 'PackageInvalid',
    });
    await expect(findProviderPackage('acme', search({}, provider('other')))).rejects.toMatchObject({
      code: 'PackageInvalid',
    });
    const broken = { ...search(), load: () => Promise.reject(new Error('syntax')) };
    await expect(findProviderPackage('acme', broken)).rejects.toMatchObject({ code: 'PackageInvalid' });
  });
});

describe('the runtime directory', () => {
  it('is for this user alone, and no link', async () => {
    const parent = await mkdtemp(join(tmpdir(), 'vr-run-'));
    const own = join(parent, 'own');
    await prepareRuntimeDirectory(own, process.getuid?.());
    expect((await stat(own)).mode & 0o777).toBe(0o700);
    await symlink(own, join(parent, 'link'));
    await expect(prepareRuntimeDirectory(join(parent, 'link'), process.getuid?.())).rejects.toMatchObject({
      code: 'BadRuntimeDirectory',
    });
    await expect(prepareRuntimeDirectory(own, (process.getuid?.() ?? 0) + 1)).rejects.toMatchObject({
      code: 'BadRuntimeDirectory',
    });
    await rm(parent, { recursive: true });
  });

  it('holds a socket for each Provider, if its path is short enough', () => {
    expect(socketPath('/run/vr', 'a')).not.toBe(socketPath('/run/vr', 'b'));
    expect(() => socketPath(`/${'x'.repeat(100)}`, 'a')).toThrow(
      expect.objectContaining({ code: 'BadRuntimeDirectory' }),
    );
  });
});

describe('SecretCredentials', () => {
  it('P42 tells of a change, and of nothing else', () => {
    const credentials = new SecretCredentials();
    let changes = 0;
    const end = credentials.onChange(() => (changes += 1));
    expect([credentials.set({ a: '1' }), credentials.set({ a: '1' }), credentials.set({ a: '2' })]).toEqual([
      true,
      false,
      true,
    ]);
    end();
    credentials.set({});
    expect([changes, credentials.current()]).toEqual([2, {}]);
  });
});
