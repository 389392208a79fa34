import { describe, expect, it } from '@jest/globals';
import { createProjectGraphAsync } from '@nx/devkit';
import nx from '@nx/eslint-plugin';
import { ESLint } from 'eslint';
import { join } from 'node:path';
import tseslint from 'typescript-eslint';
import { packagesOf } from '../checks/workspace.js';
import { contractDoors, packageArrows } from './arrows.js';

const root = join(import.meta.dirname, '../..');
const packages = packagesOf(root);
const allowedFrom = (folder) =>
  packageArrows
    .find(({ sourceTag }) => sourceTag === `package:${folder}`)
    .onlyDependOnLibsWithTags.map((tag) => tag.slice('package:'.length));

/** The rules of the arrows alone, on a text that stands for a file of the package. */
const eslint = new ESLint({
  cwd: root,
  overrideConfigFile: true,
  overrideConfig: [
    { files: ['**/*.ts'], languageOptions: { parser: tseslint.parser } },
    {
      files: ['packages/**/*.ts'],
      plugins: { '@nx': nx },
      rules: { '@nx/enforce-module-boundaries': ['error', { allow: [], depConstraints: packageArrows }] },
    },
    ...contractDoors,
  ],
});

async function rulesBroken(folder, specifier) {
  const [result] = await eslint.lintText(`import '${specifier}';\n`, {
    filePath: join(root, `packages/${folder}/src/fixture.ts`),
  });
  return result.messages.map(({ ruleId }) => ruleId);
}

const doorOf = (folder, name) => (folder === 'grpc-contract' ? `${name}/client` : name);
const pairs = packages.flatMap((from) =>
  packages
    .filter((to) => to.folder !== from.folder)
    .map((to) => [from.folder, to.folder, doorOf(to.folder, to.manifest.name)]),
);

describe('the arrows between packages', () => {
  it('are known for each package', async () => {
    await createProjectGraphAsync();
    expect(packageArrows.map(({ sourceTag }) => sourceTag.slice('package:'.length)).sort()).toEqual(
      packages.map(({ folder }) => folder).sort(),
    );
  });

  it.each(pairs.filter(([from, to]) => !allowedFrom(from).includes(to)))(
    '%s may not import %s',
    async (from, _to, specifier) => {
      expect(await rulesBroken(from, specifier)).toContain('@nx/enforce-module-boundaries');
    },
  );

  it.each(pairs.filter(([from, to]) => allowedFrom(from).includes(to) && to !== 'grpc-contract'))(
    '%s may import %s',
    async (from, _to, specifier) => {
      expect(await rulesBroken(from, specifier)).toEqual([]);
    },
  );

  it.each([
    ['manager', 'client', 'server'],
    ['cli', 'client', 'server'],
    ['conformance', 'client', 'server'],
    ['provider-sdk', 'server', 'client'],
  ])('%s takes the door %s of grpc-contract, not %s', async (from, open, closed) => {
    expect(await rulesBroken(from, `@virtrigaud/grpc-contract/${open}`)).toEqual([]);
    expect(await rulesBroken(from, `@virtrigaud/grpc-contract/${closed}`)).toEqual(['no-restricted-imports']);
  });
});
