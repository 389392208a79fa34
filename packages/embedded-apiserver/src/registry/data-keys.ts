import { deepEqual, isObject } from '../json-value.ts';
import type { JsonObject } from '../json-value.ts';
import type { KubeObject } from '../kube-object.ts';
import { keyPath } from '../status/field-error.ts';
import type { FieldError } from '../status/field-error.ts';

/** What is wrong with the keys of maps of data, by Kubernetes' rule for them. */
export function checkDataKeys(object: JsonObject, members: readonly string[]): readonly FieldError[] {
  return members.flatMap((name) =>
    Object.keys(isObject(object[name]) ? object[name] : {}).flatMap((key): readonly FieldError[] =>
      /^[-._a-zA-Z0-9]{1,253}$/.test(key) && key !== '.' && !key.startsWith('..')
        ? []
        : [
            {
              kind: 'invalid',
              path: keyPath(name, key),
              value: key,
              detail:
                "a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. 'key.name',  or 'KEY_NAME',  or 'key-name', regex used for validation is '[-._a-zA-Z0-9]+')",
            },
          ],
    ),
  );
}

/** What changed in an object that says `immutable: true`. */
export function checkImmutable(
  object: JsonObject,
  before: KubeObject | undefined,
  members: readonly string[],
): readonly FieldError[] {
  if (before?.['immutable'] !== true) return [];
  const errors: FieldError[] = members
    .filter((name) => !deepEqual(object[name], before[name]))
    .map((path) => ({ kind: 'forbidden', path, detail: 'field is immutable when `immutable` is set' }));
  if (object['immutable'] !== true) {
    errors.unshift({ kind: 'forbidden', path: 'immutable', detail: 'field is immutable when `immutable` is set' });
  }
  return errors;
}
