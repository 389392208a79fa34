import { isObject } from '../json-value.ts';
import type { JsonObject } from '../json-value.ts';
import { checkDataKeys, checkImmutable } from './data-keys.ts';
import type { KindRules } from './resource-definition.ts';

/** What Secrets do beyond their schema: `stringData` is written, never read. */
export const secretRules: KindRules = {
  prepare: (object, before) => {
    const { stringData, ...rest } = object;
    const encoded = Object.entries(isObject(stringData) ? stringData : {}).map(
      ([key, value]) => [key, typeof value === 'string' ? Buffer.from(value).toString('base64') : value] as const,
    );
    const data: JsonObject = { ...(isObject(rest['data']) ? rest['data'] : {}), ...Object.fromEntries(encoded) };
    return {
      ...rest,
      ...(encoded.length > 0 && { data }),
      type: typeof rest['type'] === 'string' && rest['type'] !== '' ? rest['type'] : (before?.['type'] ?? 'Opaque'),
    };
  },
  check: (object, before) => [
    ...checkDataKeys(object, ['data']),
    ...(before && before['type'] !== object['type']
      ? [{ kind: 'invalid' as const, path: 'type', value: object['type'], detail: 'field is immutable' }]
      : []),
    ...checkImmutable(object, before, ['data']),
  ],
  selectableFields: ['type'],
};
