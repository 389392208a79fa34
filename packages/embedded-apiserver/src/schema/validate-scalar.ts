import type { Json } from '../json-value.ts';
import type { FieldError } from '../status/field-error.ts';
import { hasFormat, numberFits } from './formats.ts';
import type { Limits } from './structural-schema.ts';

interface Place {
  readonly path: string;
  readonly errors: FieldError[];
}

/** What is wrong with a string or a number of the right type. */
export function validateScalar(value: Json, limits: Limits, place: Place): void {
  if (typeof value === 'string') validateString(value, limits, place);
  if (typeof value === 'number') validateNumber(value, limits, place);
}

function validateString(value: string, limits: Limits, { path, errors }: Place): void {
  const { maxLength, minLength, pattern, format } = limits;
  const length = value.length;
  // Kubernetes counts code points, JavaScript UTF-16 units, of which there are never fewer.
  if (maxLength !== undefined && length > maxLength && [...value].length > maxLength) {
    const detail = `may not be more than ${maxLength} ${maxLength === 1 ? 'byte' : 'bytes'}`;
    errors.push({ kind: 'tooLong', path, detail });
  }
  const invalid = (what: string) => errors.push({ kind: 'invalid', path, value, detail: `${path} in body ${what}` });
  if (minLength !== undefined && [...value].length < minLength) invalid(`should be at least ${minLength} chars long`);
  if (pattern && !pattern.expression.test(value)) invalid(`should match '${pattern.source}'`);
  if (format !== undefined && !hasFormat(value, format)) invalid(`must be of type ${format}: ${JSON.stringify(value)}`);
}

function validateNumber(value: number, limits: Limits, { path, errors }: Place): void {
  const { minimum, maximum, exclusiveMinimum, exclusiveMaximum, multipleOf, format } = limits;
  const invalid = (what: string) =>
    errors.push({ kind: 'invalid', path, value, detail: `${path} in body should be ${what}` });
  if (maximum !== undefined && exclusiveMaximum && value >= maximum) invalid(`less than ${maximum}`);
  else if (maximum !== undefined && value > maximum) invalid(`less than or equal to ${maximum}`);
  if (minimum !== undefined && exclusiveMinimum && value <= minimum) invalid(`greater than ${minimum}`);
  else if (minimum !== undefined && value < minimum) invalid(`greater than or equal to ${minimum}`);
  if (multipleOf !== undefined && !Number.isInteger(value / multipleOf)) invalid(`a multiple of ${multipleOf}`);
  if (format !== undefined && !numberFits(value, format)) invalid(`a ${format}`);
}
