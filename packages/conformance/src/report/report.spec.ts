import { describe, expect, it } from '@jest/globals';
import { summarize, type CheckResult, type Report } from './report.ts';
import { endText, headText, resultText } from './text.ts';

const provider = {
  type: 'acme',
  version: '1.2.3',
  contractMin: 1,
  contractMax: 1,
  hypervisorVersion: '9',
  hypervisorId: 'dc',
  capabilities: [],
};
const aResult = (outcome: CheckResult['outcome'], rest: Partial<CheckResult> = {}): CheckResult => ({
  id: 'claim/x',
  title: 'a title',
  proves: 'A sentence.',
  outcome,
  proofs: 1,
  milliseconds: 1,
  ...rest,
});
const aReport = (checks: readonly CheckResult[], rest: Partial<Report> = {}): Report =>
  summarize({
    suite: { version: '0.1.0', contract: 1 },
    provider,
    startedAt: '2026-01-01T00:00:00Z',
    milliseconds: 1_234,
    checks,
    leftovers: [],
    interrupted: false,
    ...rest,
  });

describe('a report', () => {
  it.each([
    ['everything passed', aReport([aResult('passed'), aResult('not-run')]), true],
    ['something failed', aReport([aResult('passed'), aResult('failed')]), false],
    ['nothing was run', aReport([aResult('not-run')]), false],
    ['something is left', aReport([aResult('passed')], { leftovers: ['VM a'] }), false],
    ['it was broken off', aReport([aResult('passed')], { interrupted: true }), false],
  ])('of which %s', (_what, report, ok) => {
    expect(report.ok).toBe(ok);
  });

  it('is readable', () => {
    const finding = { sent: 'S', expected: 'E', came: 'C' };
    const failed = aResult('failed', { finding });
    const report = aReport([failed, aResult('not-run', { reason: 'no door' })], {
      leftovers: ['VM a'],
      interrupted: true,
    });
    expect(headText(report)).toContain('provider acme 1.2.3');
    expect(resultText(failed)).toContain('sent:     S\n       expected: E\n       came:     C');
    expect(resultText(aResult('not-run', { reason: 'no door' }))).toContain('not run: no door');
    expect(endText(report)).toBe(
      'interrupted: the checks that are missing were not run\nleft behind: VM a\n0 passed, 1 failed, 1 not run in 1.2 s',
    );
  });
});
