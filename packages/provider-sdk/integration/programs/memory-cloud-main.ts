import { runProviderMain } from '@virtrigaud/provider-sdk';
import { MemoryCloud, memoryCloudProvider } from '../../examples/memory-cloud.ts';

const code = await runProviderMain(memoryCloudProvider(new MemoryCloud()), {
  argv: process.argv.slice(2),
  env: process.env,
  signals: process,
  stdin: process.stdin,
  stdout: process.stdout,
  stderr: process.stderr,
});
process.exit(code);
