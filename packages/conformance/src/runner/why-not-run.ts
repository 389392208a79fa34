import type { Backdoor } from '../backdoor.ts';
import type { Check } from '../check.ts';

/** What keeps a check from being run here; undefined: nothing. */
export function whyNotRun(check: Check, capabilities: readonly string[], backdoor: Backdoor): string | undefined {
  if (check.capability !== undefined && !capabilities.includes(check.capability)) {
    return `the provider does not have the capability ${check.capability}`;
  }
  const lacking = (check.backdoor ?? []).filter((method) => !backdoor[method]);
  return lacking.length > 0 ? `it needs the backdoor's ${lacking.join(', ')}` : undefined;
}
