/**
 * Runs jest for the project in the current directory, ES modules on, and leaves the result in `.jest-results/<suite>.json` for the
 * counts that `npm test` prints. usage: node jest.js unit|integration|kubernetes|conformance|e2e [jest arguments]
 *
 * `kubernetes` are integration specs again, on another API server: kubernetes/jest.js starts it.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const [suite, ...rest] = process.argv.slice(2);
const configs = {
  integration: 'jest.integration.config.js',
  kubernetes: 'jest.integration.config.js',
  conformance: 'jest.conformance.config.js',
};
const config = configs[suite] ?? 'jest.config.js';
if (!existsSync(config)) {
  console.error(`${process.cwd()} has no ${config}: usage: node jest.js unit|integration|kubernetes|conformance|e2e`);
  process.exit(2);
}
const results = `.jest-results/${suite}.json`;
mkdirSync('.jest-results', { recursive: true });
rmSync(results, { force: true });
// Nx forces colours on all that it starts; a program that a suite starts has to speak as it does to any pipe.
const env = { ...process.env };
delete env.FORCE_COLOR;
const { status, signal } = spawnSync(
  process.execPath,
  [
    '--experimental-vm-modules',
    '--disable-warning=ExperimentalWarning',
    fileURLToPath(new URL('../node_modules/jest/bin/jest.js', import.meta.url)),
    '--config',
    config,
    '--passWithNoTests',
    '--json',
    `--outputFile=${results}`,
    ...rest,
  ],
  { stdio: 'inherit', env },
);
if (signal) console.error(`jest was ended by ${signal}`);
process.exit(status ?? 1);
