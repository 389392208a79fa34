/**
 * All set-up and every check but the whole-system suite. usage: npm test
 * Ends with a line `N passed, N failed, N skipped` that counts tests; a step that is no test (format, types, lint) fails the run.
 */
import { rmSync } from 'node:fs';
import { ensureDependencies, root, tryRun } from './bootstrap.js';
import { countTests, resultFiles } from './counts.js';
import { prepareHost } from './prepare-host.js';

ensureDependencies();
const releaseHost = await prepareHost();
for (const file of resultFiles(root, ['unit', 'integration', 'kubernetes', 'conformance', 'e2e'])) rmSync(file);

const nxRun = (target, ...rest) => ['nx', ['run-many', '-t', target, '--outputStyle=stream', ...rest]];
const steps = [
  ['format', 'prettier', ['--check', '--log-level', 'warn', '.']],
  ['generated code', 'nx', ['run-many', '-t', 'generate:check', '--outputStyle=stream']],
  ['types', 'tsc', ['-b', 'tsconfig.json']],
  ['lint', ...nxRun('lint')],
  ['unit tests', ...nxRun('test')],
  ['integration tests', ...nxRun('integration', '--parallel=1')],
  ['conformance', ...nxRun('conformance', '--parallel=1')],
  ['integration tests on a real Kubernetes API server', ...nxRun('kubernetes', '--parallel=1')],
];

const failed = steps.filter(([name, command, args]) => {
  console.log(`\n==> ${name}`);
  return tryRun(command, args).status !== 0;
});

const { passed, failed: failedTests, skipped } = countTests(root, ['unit', 'integration', 'kubernetes', 'conformance']);
console.log(failed.length > 0 ? `\nfailed: ${failed.map(([name]) => name).join(', ')}` : '');
console.log(`${String(passed)} passed, ${String(failedTests)} failed, ${String(skipped)} skipped`);
await releaseHost();
process.exit(failed.length > 0 || passed === 0 ? 1 : 0);
