import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';

const json = (path) => JSON.parse(readFileSync(path, 'utf8'));

/** Every package of the workspace: its folder, manifest and name. */
export function packagesOf(root) {
  return readdirSync(join(root, 'packages'))
    .map((folder) => ({ folder, dir: join(root, 'packages', folder) }))
    .filter(({ dir }) => existsSync(join(dir, 'package.json')))
    .map((found) => ({ ...found, manifest: json(join(found.dir, 'package.json')) }));
}

/**
 * Project references that differ from package.json. A missing reference builds nothing and says nothing.
 *
 * @returns {string[]} one line for each difference
 */
export function referenceProblems(root) {
  const packages = packagesOf(root);
  const folderOf = new Map(packages.map(({ manifest, folder }) => [manifest.name, folder]));
  return packages.flatMap(({ folder, dir, manifest }) => {
    const wanted = Object.keys(manifest.dependencies ?? {})
      .filter((name) => folderOf.has(name))
      .map((name) => `../${folderOf.get(name)}/tsconfig.lib.json`)
      .sort();
    const present = (json(join(dir, 'tsconfig.lib.json')).references ?? []).map(({ path }) => path).sort();
    const refersTo = (file, to) => json(join(root, file)).references.some(({ path }) => path === to);
    return [
      ...wanted.filter((path) => !present.includes(path)).map((path) => `${folder}: tsconfig.lib.json lacks ${path}`),
      ...present.filter((path) => !wanted.includes(path)).map((path) => `${folder}: package.json lacks ${path}`),
      ...(refersTo('tsconfig.json', `packages/${folder}`)
        ? []
        : [`${folder}: tsconfig.json of the workspace lacks it`]),
      ...(refersTo('tsconfig.build.json', `packages/${folder}/tsconfig.lib.json`)
        ? []
        : [`${folder}: tsconfig.build.json of the workspace lacks it`]),
    ];
  });
}

const sources = (dir) =>
  readdirSync(dir).flatMap((name) => {
    const path = join(dir, name);
    if (statSync(path).isDirectory()) return sources(path);
    return /\.ts$/.test(name) && !/\.spec\.ts$/.test(name) ? [path] : [];
  });

/** The npm package of an import specifier, or undefined for a file or a module of Node. */
function packageOf(specifier) {
  if (specifier.startsWith('.') || specifier.startsWith('node:')) return undefined;
  return specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/');
}

/**
 * Dependencies that are imported but not declared, or declared but neither imported nor named. A provider package needs no import: the
 * manager finds it by its type.
 *
 * @returns {string[]} one line for each difference
 */
export function dependencyProblems(root) {
  const packages = packagesOf(root);
  const found = packages
    .filter(({ manifest }) => manifest.virtrigaud?.providerType)
    .map(({ manifest }) => manifest.name);
  return packages.flatMap(({ folder, dir, manifest }) => {
    const texts = sources(join(dir, 'src'))
      .filter((path) => !path.includes('/src/testing/') || manifest.exports['./testing'])
      .map((path) => readFileSync(path, 'utf8'));
    const imported = new Set(
      texts.flatMap((text) =>
        [
          ...text.matchAll(
            /^(?:import|export)\s[^;'"]*?from\s*['"]([^'"]+)['"]|import\(\s*['"]([^'"]+)['"]|^import\s*['"]([^'"]+)['"]/gm,
          ),
        ]
          .map(([, a, b, c]) => packageOf(a ?? b ?? c))
          .filter((name) => name !== undefined && name !== manifest.name),
      ),
    );
    const declared = Object.keys(manifest.dependencies ?? {});
    const text = texts.join('\n');
    return [
      ...[...imported]
        .filter((name) => !declared.includes(name))
        .map((name) => `${folder}: imports ${name}, which package.json lacks`),
      ...declared
        .filter((name) => !imported.has(name) && !text.includes(`'${name}`) && !found.includes(name))
        .map((name) => `${folder}: package.json has ${name}, which nothing imports or starts`),
    ];
  });
}

/**
 * What a published package owes its users: licence, closed exports, sources without specs, a README with an example, bins that
 * exist before the build.
 *
 * @returns {string[]} one line for each thing that is missing
 */
export function manifestProblems(root) {
  return packagesOf(root).flatMap(({ folder, dir, manifest }) => {
    const readme = existsSync(join(dir, 'README.md')) ? readFileSync(join(dir, 'README.md'), 'utf8') : '';
    const rules = {
      'licence Apache-2.0': manifest.license === 'Apache-2.0' && existsSync(join(dir, 'LICENSE')),
      'a version': /^\d+\.\d+\.\d+$/.test(manifest.version),
      'engines.node': manifest.engines?.node === '>=22.19',
      'closed exports': manifest.exports !== undefined && !('./*' in manifest.exports),
      'files: dist, src without specs': ['dist', 'src', '!src/**/*.spec.ts'].every((entry) =>
        manifest.files.includes(entry),
      ),
      'a README with an example': readme.includes('```'),
      'a description': Boolean(manifest.description),
      'bins that are committed': Object.values(manifest.bin ?? {}).every((path) => existsSync(join(dir, path))),
    };
    return Object.entries(rules)
      .filter(([, holds]) => !holds)
      .map(([rule]) => `${folder}: needs ${rule}`);
  });
}
