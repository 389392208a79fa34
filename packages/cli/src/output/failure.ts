import { ApiError } from '@virtrigaud/kube-runtime';
import { CliError } from '../cli-error.ts';
import { oneLine } from './one-line.ts';
import { refusalText } from './refusal-text.ts';

/**
 * What the API server objects to in one object, in one line; undefined when the failure is not about that object.
 */
export function refusalOf(error: unknown): string | undefined {
  if (error instanceof CliError && error.code === 'BadInput') return error.message;
  if (!(error instanceof ApiError) || error.code !== 'Status') return undefined;
  if (error.status === 401 || error.status >= 500) return undefined;
  return refusalText(error);
}

/** One line for a failure that ends a command; undefined for what is a bug of ours, and wants its stack. */
export function failureLine(error: unknown): string | undefined {
  if (error instanceof CliError) return error.message;
  if (!(error instanceof ApiError)) return undefined;
  return error.code === 'Cancelled' ? 'interrupted' : (refusalOf(error) ?? oneLine(error.message));
}
