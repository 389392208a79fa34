import { checkDataKeys, checkImmutable } from './data-keys.ts';
import type { KindRules } from './resource-definition.ts';

const members = ['data', 'binaryData'];

/** What ConfigMaps do beyond their schema. */
export const configMapRules: KindRules = {
  check: (object, before) => [...checkDataKeys(object, members), ...checkImmutable(object, before, members)],
};
