import { describe, expect, it } from '@jest/globals';
import { availableParallelism } from 'node:os';
import { rules } from '../chaos/rules.ts';
import { faultColumns } from '../chaos/scenario/scenario.ts';
import { root, run } from './workspace.ts';

/** Plays seeds in a process of its own: virtual time takes the place of this one's clock. */
async function chaos(...argv: readonly string[]) {
  const { code, stdout, stderr } = await run(process.execPath, [
    ...['--conditions=@virtrigaud/source', '--disable-warning=ExperimentalWarning'],
    `${root}/e2e/chaos/main.ts`,
    ...['--level', 'sim', ...argv],
  ]);
  const lines = stdout.trim().split('\n');
  return { code, lines, stderr, summary: JSON.parse(/^\{.*\}$/.exec(lines.at(-1) ?? '')?.[0] ?? '{}') as object };
}

const historyOf = (lines: readonly string[], seed: number) =>
  lines.find((line) => line.startsWith(`seed ${String(seed)} `));

describe('chaos, simulated', () => {
  it('replays a seed to the last event, whatever was played before it', async () => {
    const [after, alone] = [await chaos('--seed', '7', '--runs', '2'), await chaos('--seed', '8')];
    expect(historyOf(after.lines, 8)).toMatch(/passed \([0-9a-f]{8}, \d+ events\)$/);
    expect(historyOf(alone.lines, 8)).toBe(historyOf(after.lines, 8));
    expect(historyOf(after.lines, 7)).not.toContain(/\(.*\)/.exec(historyOf(after.lines, 8) ?? '')?.[0]);
  }, 1_200_000);

  it('P02 P14 loses no machine, makes none twice, and comes to rest, whatever is killed, stopped or lied to', async () => {
    // A second of CPU each: the many are played where nobody waits for them.
    const isCi = process.env['CI'] === 'true';
    const runs = isCi ? 500 : 3;
    const jobs = isCi ? Math.min(8, availableParallelism()) : 1;
    const { code, lines, summary } = await chaos('--seed', '1', '--runs', String(runs), '--jobs', String(jobs));
    expect(lines.filter((line) => line.startsWith('  '))).not.toContainEqual(
      expect.stringMatching(/^ {2}(lost|doubled|stuck):/),
    );
    expect({ code, summary }).toEqual({
      code: 0,
      summary: { runs, lost: 0, doubled: 0, stuck: 0, failingSeeds: [] },
    });
    const header = lines.find((line) => faultColumns.every((column) => line.includes(column)));
    expect(header).toBeDefined();
  }, 3_000_000);

  it('refuses what it does not know, and says what there is', async () => {
    const { code, stderr } = await chaos('--without', 'manners');
    expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringContaining(Object.keys(rules).join(', ')) });
  });
});
