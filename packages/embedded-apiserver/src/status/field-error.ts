import type { Json } from '../json-value.ts';
import type { StatusCause } from './status-error.ts';

const kinds = {
  required: { reason: 'FieldValueRequired', text: 'Required value' },
  invalid: { reason: 'FieldValueInvalid', text: 'Invalid value' },
  type: { reason: 'FieldValueTypeInvalid', text: 'Invalid value' },
  unsupported: { reason: 'FieldValueNotSupported', text: 'Unsupported value' },
  duplicate: { reason: 'FieldValueDuplicate', text: 'Duplicate value' },
  forbidden: { reason: 'FieldValueForbidden', text: 'Forbidden' },
  tooLong: { reason: 'FieldValueTooLong', text: 'Too long' },
  tooMany: { reason: 'FieldValueTooMany', text: 'Too many' },
} as const;

/** What is wrong with a field. */
export interface FieldError {
  readonly kind: keyof typeof kinds;
  /** Like `spec.disks[0].size`. */
  readonly path: string;
  /** What was found; undefined where it does not help. */
  readonly value?: Json | undefined;
  readonly detail: string;
}

/** A path one member deeper. */
export function childPath(path: string, name: string): string {
  return path === '' ? name : `${path}.${name}`;
}

/** A path one step into a map whose keys are data, like labels. */
export function keyPath(path: string, key: string): string {
  return `${path}[${key}]`;
}

/** Kubernetes' sentence about the field, without its path. */
export function fieldErrorBody(error: FieldError): string {
  const shown = error.value === undefined ? '' : `: ${JSON.stringify(error.value)}`;
  const detail = error.detail === '' ? '' : `: ${error.detail}`;
  return `${kinds[error.kind].text}${shown}${detail}`;
}

/** The entry in the list of causes of a `Status`. */
export function fieldErrorCause(error: FieldError): StatusCause {
  return { reason: kinds[error.kind].reason, message: fieldErrorBody(error), field: displayPath(error) };
}

/** Kubernetes' sentence about several fields. */
export function fieldErrorsMessage(errors: readonly FieldError[]): string {
  const sentences = [...new Set(errors.map((error) => `${displayPath(error)}: ${fieldErrorBody(error)}`))];
  return sentences.length === 1 ? (sentences[0] ?? '') : `[${sentences.join(', ')}]`;
}

function displayPath(error: FieldError): string {
  return error.path === '' ? '<nil>' : error.path;
}
