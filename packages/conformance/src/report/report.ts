import type { CapabilityName } from '../check.ts';
import type { Finding } from '../check-failure.ts';

/** What came of one check. */
export interface CheckResult {
  readonly id: string;
  readonly title: string;
  readonly proves: string;
  readonly capability?: CapabilityName | undefined;
  readonly outcome: 'passed' | 'failed' | 'not-run';
  /** Why it was not run. */
  readonly reason?: string | undefined;
  readonly finding?: Finding | undefined;
  /** How many expectations were held against an answer. */
  readonly proofs: number;
  readonly milliseconds: number;
}

/** Who was checked. */
export interface CheckedProvider {
  readonly type: string;
  readonly version: string;
  readonly contractMin: number;
  readonly contractMax: number;
  readonly hypervisorVersion: string;
  readonly hypervisorId: string;
  readonly capabilities: readonly string[];
}

/** What one run found. */
export interface Report {
  readonly suite: { readonly version: string; readonly contract: number };
  readonly provider: CheckedProvider;
  readonly startedAt: string;
  readonly milliseconds: number;
  readonly checks: readonly CheckResult[];
  /** What could not be removed again. */
  readonly leftovers: readonly string[];
  readonly interrupted: boolean;
  readonly passed: number;
  readonly failed: number;
  readonly notRun: number;
  /** Something was checked, nothing failed, nothing was left behind, and nobody broke it off. */
  readonly ok: boolean;
}

/** Adds up what a run found. */
export function summarize(
  run: Pick<Report, 'suite' | 'provider' | 'startedAt' | 'milliseconds' | 'checks' | 'leftovers' | 'interrupted'>,
): Report {
  const count = (outcome: CheckResult['outcome']) => run.checks.filter((check) => check.outcome === outcome).length;
  const [passed, failed, notRun] = [count('passed'), count('failed'), count('not-run')];
  const ok = passed > 0 && failed === 0 && run.leftovers.length === 0 && !run.interrupted;
  return { ...run, passed, failed, notRun, ok };
}
