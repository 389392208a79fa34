import { expect, it, jest } from '@jest/globals';
import { existsSync } from 'node:fs';
import { root, run } from './workspace.ts';

/** Why it cannot be run here; undefined where it can. */
function whyNot(): string | undefined {
  if (process.platform !== 'linux') return `this is ${process.platform}`;
  if (process.getuid?.() !== 0) return 'a libvirtd in namespaces of its own takes root';
  const missing = ['/usr/sbin/libvirtd', '/usr/bin/qemu-img', '/usr/bin/unshare'].filter((path) => !existsSync(path));
  return missing.length > 0 ? `${missing.join(', ')} is not here` : undefined;
}

jest.setTimeout(15 * 60_000);
const missing = whyNot();
if (missing !== undefined) process.stderr.write(`skipped: chaos with libvirt: ${missing}\n`);
const whenPossible = missing !== undefined && process.env['CI'] !== 'true' ? it.skip : it;

whenPossible('chaos with real libvirtds: one seed, and no machine is lost, doubled or stuck', async () => {
  const { stdout, stderr } = await run(
    process.execPath,
    [
      ...['--conditions=@virtrigaud/source', '--disable-warning=ExperimentalWarning'],
      ...['chaos/main.ts', '--level', 'libvirt', '--runs', '1', '--seed', '1'],
    ],
    { cwd: `${root}/e2e`, env: { PATH: process.env['PATH'] } },
  );
  const last = stdout.trim().split('\n').at(-1) ?? '';
  const problems = stdout.split('\n').filter((line) => /^ {2}\w+: /.test(line));
  expect({ problems, stderr }).toEqual({ problems: [], stderr: '' });
  expect(JSON.parse(last)).toMatchObject({ runs: 1, lost: 0, doubled: 0, stuck: 0, failingSeeds: [] });
});
