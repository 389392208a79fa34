import type { FieldError } from './field-error.ts';
import { fieldErrorCause, fieldErrorsMessage } from './field-error.ts';
import { StatusError } from './status-error.ts';

/** The names of a resource that messages need. */
export interface ResourceNames {
  readonly group: string;
  readonly plural: string;
  readonly kind: string;
}

/** `virtualmachines.infra.virtrigaud.io`, or `secrets` in the core group. */
export function qualified(names: ResourceNames): string {
  return names.group === '' ? names.plural : `${names.plural}.${names.group}`;
}

const detailsOf = (names: ResourceNames, name: string) => ({
  name,
  ...(names.group !== '' && { group: names.group }),
  kind: names.plural,
});

/** There is no such object. */
export function notFound(names: ResourceNames, name: string): StatusError {
  return new StatusError('NotFound', `${qualified(names)} "${name}" not found`, { details: detailsOf(names, name) });
}

/** The name is taken. */
export function alreadyExists(names: ResourceNames, name: string): StatusError {
  const message = `${qualified(names)} "${name}" already exists`;
  return new StatusError('AlreadyExists', message, { details: detailsOf(names, name) });
}

/** The object is not what the writer thought it was. */
export function conflict(names: ResourceNames, name: string, why: string): StatusError {
  const message = `Operation cannot be fulfilled on ${qualified(names)} "${name}": ${why}`;
  return new StatusError('Conflict', message, { details: detailsOf(names, name) });
}

/** Not allowed, whoever asks. */
export function forbidden(names: ResourceNames, name: string, why: string): StatusError {
  const message = `${qualified(names)} "${name}" is forbidden: ${why}`;
  return new StatusError('Forbidden', message, { details: detailsOf(names, name) });
}

/** Fields are wrong. */
export function invalid(names: ResourceNames, name: string, errors: readonly FieldError[]): StatusError {
  const kind = names.group === '' ? names.kind : `${names.kind}.${names.group}`;
  return new StatusError('Invalid', `${kind} "${name}" is invalid: ${fieldErrorsMessage(errors)}`, {
    details: {
      name,
      ...(names.group !== '' && { group: names.group }),
      kind: names.kind,
      causes: errors.map(fieldErrorCause),
    },
  });
}

/** The request makes no sense. */
export function badRequest(message: string, cause?: unknown): StatusError {
  return new StatusError('BadRequest', message, { cause });
}

/** The object type has no such verb here. */
export function methodNotAllowed(why: string): StatusError {
  return new StatusError('MethodNotAllowed', why);
}

/** A resourceVersion that history no longer reaches. */
export function expired(message: string): StatusError {
  return new StatusError('Expired', message);
}
