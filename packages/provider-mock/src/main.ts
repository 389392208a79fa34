import { runProviderMain } from '@virtrigaud/provider-sdk';
import provider from './index.ts';

const code = await runProviderMain(provider, {
  argv: process.argv.slice(2),
  env: process.env,
  signals: process,
  stdin: process.stdin,
  stdout: process.stdout,
  stderr: process.stderr,
});
// Not left to an empty event loop: what did not close within the grace must not keep the process.
process.exit(code);
