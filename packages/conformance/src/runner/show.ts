import { Code, ContractError } from '@virtrigaud/grpc-contract/client';

const MAX_LENGTH = 600;

/** A message of the contract as a person reads it: what has its default is left out. */
export function show(value: unknown): string {
  const text = JSON.stringify(value, (_key, each: unknown) => shown(each)) ?? 'nothing';
  return text.length > MAX_LENGTH ? `${text.slice(0, MAX_LENGTH)}…` : text;
}

function shown(value: unknown): unknown {
  if (typeof value === 'bigint') return value === 0n ? undefined : String(value);
  if (value === '' || value === 0 || value === false || value === undefined) return undefined;
  if (Array.isArray(value)) return value.length === 0 ? undefined : (value as unknown[]);
  if (value !== null && typeof value === 'object') {
    // What JSON makes of a Buffer before it asks here.
    if ('type' in value && value.type === 'Buffer' && 'data' in value && Array.isArray(value.data)) {
      return `${String(value.data.length)} bytes`;
    }
    return Object.keys(value).length === 0 ? undefined : value;
  }
  return value;
}

/** How a call failed: code, reason, fields and words. */
export function showError(error: unknown): string {
  if (!(error instanceof ContractError)) return String(error);
  const fields = error.fieldViolations.map(({ field }) => field);
  return [
    error.codeName,
    error.hasErrorInfo ? `reason ${error.reason ?? ''}` : 'without ErrorInfo',
    ...(Object.keys(error.metadata).length > 0 ? [`metadata ${show(error.metadata)}`] : []),
    ...(fields.length > 0 ? [`fields ${fields.join(', ')}`] : []),
    `"${error.message}"`,
  ].join(', ');
}

/** How a refusal is written that was expected. */
export function showRefusal(code: Code, reason: string | undefined): string {
  return reason === undefined ? (Code[code] ?? String(code)) : `${Code[code] ?? String(code)} with reason ${reason}`;
}
