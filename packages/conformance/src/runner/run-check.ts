import type { Check } from '../check.ts';
import { ConformanceError } from '../check-failure.ts';
import type { CheckResult } from '../report/report.ts';
import { Scene, type SceneParts } from './scene.ts';
import { showError } from './show.ts';

/** Runs one check on a scene of its own. Rejects only when the run was broken off. */
export async function runCheck(check: Check, parts: SceneParts): Promise<CheckResult> {
  const scene = new Scene(parts, check.capability);
  const startedAt = performance.now();
  const result = (rest: Pick<CheckResult, 'outcome' | 'reason' | 'finding'>): CheckResult => ({
    id: check.id,
    title: check.title,
    proves: check.proves,
    capability: check.capability,
    ...rest,
    proofs: scene.journal.proofs,
    milliseconds: Math.round(performance.now() - startedAt),
  });
  try {
    await check.run(scene);
    if (scene.journal.proofs > 0) return result({ outcome: 'passed' });
    const finding = {
      sent: scene.journal.sent,
      expected: 'that the check holds something against an answer',
      came: 'an end without',
    };
    return result({ outcome: 'failed', finding });
  } catch (error) {
    parts.signal.throwIfAborted();
    return result(outcomeOf(error, scene));
  } finally {
    scene.close();
  }
}

function outcomeOf(error: unknown, scene: Scene): Pick<CheckResult, 'outcome' | 'reason' | 'finding'> {
  if (error instanceof ConformanceError && error.end.kind === 'failed') {
    return { outcome: 'failed', finding: error.end.finding };
  }
  if (error instanceof ConformanceError && error.end.kind === 'not-applicable') {
    return { outcome: 'not-run', reason: error.end.why };
  }
  const finding = { sent: scene.journal.sent, expected: 'that the check comes to its end', came: showError(error) };
  return { outcome: 'failed', finding };
}
