import { existsSync } from 'node:fs';
import { root, run, succeed } from './workspace.ts';

/** Why no guest can be run here; undefined where it can. The same words as the set-up's. */
export async function whyNoHypervisor(): Promise<string | undefined> {
  if (process.platform !== 'linux') return `this is ${process.platform}`;
  if (process.getuid?.() !== 0) return 'a pool and a network take root';
  if (!existsSync('/usr/bin/apt-get')) return 'this is not Debian or Ubuntu';
  return undefined;
}

/** A real kubectl, built from Go modules and kept outside of the workspace. */
export async function kubectlPath(): Promise<string> {
  const { code } = await run('go', ['version']);
  if (code !== 0) throw new Error('kubectl is built from Go modules: install Go 1.26 or later');
  const built = await succeed('bash', [`${root}/tools/kubectl/build.sh`]);
  return built.trim().split('\n').at(-1) ?? '';
}
