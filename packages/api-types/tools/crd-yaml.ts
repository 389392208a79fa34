import { stringify } from 'yaml';
import { customResourceDefinition } from '../src/crd/custom-resource-definition.ts';
import type { KindName } from '../src/index.ts';

/** The text of a kind's file in `crds/`. */
export function crdYaml(kind: KindName): string {
  const text = stringify(customResourceDefinition(kind), {
    aliasDuplicateObjects: false,
    lineWidth: 0,
    version: '1.1',
  });
  return `# Generated from the schemas in src/kinds by \`npm run generate\`: do not edit.\n${text}`;
}
