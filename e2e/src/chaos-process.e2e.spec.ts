import { expect, it, jest } from '@jest/globals';
import { root, run } from './workspace.ts';

// Five runs of seven processes, of which some are started again and again.
jest.setTimeout(20 * 60_000);

it('chaos with real processes: five seeds, and no machine is lost, doubled or stuck', async () => {
  const { stdout, stderr } = await run(
    process.execPath,
    [
      ...['--conditions=@virtrigaud/source', '--disable-warning=ExperimentalWarning'],
      ...['chaos/main.ts', '--level', 'process', '--runs', '5', '--seed', '1'],
    ],
    { cwd: `${root}/e2e`, env: { PATH: process.env['PATH'] } },
  );
  const last = stdout.trim().split('\n').at(-1) ?? '';
  const problems = stdout.split('\n').filter((line) => /^ {2}\w+: /.test(line));
  expect({ problems, stderr }).toEqual({ problems: [], stderr: '' });
  expect(JSON.parse(last)).toMatchObject({ runs: 5, lost: 0, doubled: 0, stuck: 0, failingSeeds: [] });
});
