import { writeFileSync } from 'node:fs';
import { kinds, type KindName } from '../src/index.ts';
import { crdYaml } from './crd-yaml.ts';

for (const name of Object.keys(kinds) as KindName[]) {
  const { group, plural } = kinds[name];
  writeFileSync(new URL(`../crds/${group}_${plural}.yaml`, import.meta.url), crdYaml(name));
}
