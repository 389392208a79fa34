import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/**
 * Adds up the results that jest left in `<project>/.jest-results/<suite>.json`.
 *
 * @param {string} root the workspace
 * @param {string[]} suites such as `['unit', 'integration']`
 * @returns {{ passed: number, failed: number, skipped: number }} tests; a spec file that could not even be run counts as one failed
 */
export function countTests(root, suites) {
  const total = { passed: 0, failed: 0, skipped: 0 };
  for (const file of resultFiles(root, suites)) {
    const result = JSON.parse(readFileSync(file, 'utf8'));
    total.passed += result.numPassedTests;
    total.failed += result.numFailedTests + result.numRuntimeErrorTestSuites;
    total.skipped += result.numPendingTests + result.numTodoTests;
  }
  return total;
}

/** The result files that are there, of these suites. */
export function resultFiles(root, suites) {
  const projects = [...readdirSync(join(root, 'packages')).map((name) => join('packages', name)), 'tools', 'e2e'];
  return projects
    .flatMap((project) => suites.map((suite) => join(root, project, '.jest-results', `${suite}.json`)))
    .filter((path) => existsSync(path));
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { passed, failed, skipped } = countTests(fileURLToPath(new URL('..', import.meta.url)), [
    'unit',
    'integration',
    'kubernetes',
    'conformance',
    'e2e',
  ]);
  console.log(`${String(passed)} passed, ${String(failed)} failed, ${String(skipped)} skipped`);
}
