import { parseDurationMs } from '@virtrigaud/api-types';
import { CliError } from '../cli-error.ts';

/**
 * Reads `--timeout`.
 *
 * @throws {@link CliError} `BadInput`
 */
export function timeoutMsOf(text: string): number {
  const ms = parseDurationMs(text);
  // The longest time that a timer of Node can take.
  if (ms === undefined || ms > 2 ** 31 - 1)
    throw new CliError('BadInput', `--timeout ${text}: write it as 30s, 5m or 1h`);
  return Math.max(1, ms);
}
