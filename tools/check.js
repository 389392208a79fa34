/** The inner loop: format, lint, types, and the unit tests of what changed. usage: npm run check */
import { ensureDependencies, run } from './bootstrap.js';

ensureDependencies();
run('prettier', ['--check', '--log-level', 'warn', '.']);
run('tsc', ['-b', 'tsconfig.json']);
run('nx', ['affected', '-t', 'lint', 'test', '--outputStyle=stream', '--base=HEAD~1']);
