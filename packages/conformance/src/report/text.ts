import type { CheckResult, Report } from './report.ts';

const marks = { passed: 'pass', failed: 'FAIL', 'not-run': '-   ' } as const;

/** One check as a line, and below it what a person needs to know when it did not pass. */
export function resultText(result: CheckResult): string {
  const line = `${marks[result.outcome]} ${result.id}  ${result.title}`;
  if (result.outcome === 'not-run') return `${line}\n       not run: ${result.reason ?? ''}`;
  if (!result.finding) return line;
  const { sent, expected, came } = result.finding;
  return [
    line,
    `       contract: ${result.proves}`,
    `       sent:     ${sent}`,
    `       expected: ${expected}`,
    `       came:     ${came}`,
  ].join('\n');
}

/** The head of a report: who is checked, against what. */
export function headText({ suite, provider }: Pick<Report, 'suite' | 'provider'>): string {
  const capabilities = provider.capabilities.length > 0 ? provider.capabilities.join(', ') : 'none';
  return [
    `conformance ${suite.version}, contract revision ${String(suite.contract)}`,
    `provider ${provider.type} ${provider.version}, contract ${String(provider.contractMin)} to ${String(provider.contractMax)}, hypervisor ${provider.hypervisorVersion} (${provider.hypervisorId})`,
    `capabilities: ${capabilities}`,
  ].join('\n');
}

/** The end of a report: what was left, and the count. */
export function endText(report: Report): string {
  return [
    ...(report.interrupted ? ['interrupted: the checks that are missing were not run'] : []),
    ...report.leftovers.map((line) => `left behind: ${line}`),
    `${String(report.passed)} passed, ${String(report.failed)} failed, ${String(report.notRun)} not run in ${(report.milliseconds / 1000).toFixed(1)} s`,
  ].join('\n');
}
