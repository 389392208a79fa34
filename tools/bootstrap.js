/**
 * What `npm start`, `npm test` and `npm run check` need before anything of the workspace can be imported: its dependencies, and
 * Node from among them. This file and what it imports must run on Node 18 without any dependency.
 */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const stamp = join(root, 'node_modules/.virtrigaud-lockfile');

/** Installs the locked dependencies unless node_modules was made from this very lockfile. */
export function ensureDependencies() {
  const wanted = createHash('sha256')
    .update(readFileSync(join(root, 'package-lock.json')))
    .digest('hex');
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return;
  console.log('==> installing dependencies (npm ci)');
  run('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error']);
  writeFileSync(stamp, wanted);
}

/** The environment in which programs of node_modules, Node 24 first among them, are found by name. */
export function workspaceEnvironment(extra = {}) {
  return {
    ...process.env,
    PATH: `${join(root, 'node_modules/.bin')}:${process.env.PATH}`,
    NX_DAEMON: 'false',
    NX_NO_CLOUD: 'true',
    ...extra,
  };
}

/** Runs a program from the workspace's root and shows what it says. Exits with its code when it fails. */
export function run(command, args, extra = {}) {
  const { status, error } = tryRun(command, args, extra);
  if (error) {
    console.error(`${command} could not be started: ${error.message}`);
    process.exit(1);
  }
  if (status !== 0) process.exit(status ?? 1);
}

/** The same, for a caller that decides itself what a failure means. */
export function tryRun(command, args, extra = {}) {
  return spawnSync(command, args, { cwd: root, stdio: 'inherit', env: workspaceEnvironment(extra) });
}
