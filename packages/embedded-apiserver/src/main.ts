import { readApiServerArguments } from './command/arguments.ts';
import { readCrdTexts } from './command/read-crd-texts.ts';
import { jsonLog } from './command/json-log.ts';
import { startApiServer } from './start-api-server.ts';

const log = jsonLog((line) => process.stderr.write(line));
try {
  const { crdPaths, ...options } = readApiServerArguments(process.argv.slice(2));
  const server = await startApiServer({ ...options, crds: await readCrdTexts(crdPaths), logger: log });
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.once(signal, () => {
      server.stop().then(
        () => process.exit(0),
        (error: unknown) => {
          log.error('stopping failed', { error });
          process.exit(1);
        },
      );
    });
  }
  const ready = { message: 'serving', url: server.url, kubeconfig: server.kubeconfigPath };
  process.stdout.write(`${JSON.stringify(ready)}\n`);
} catch (error) {
  log.error('cannot serve', { error });
  process.exitCode = 1;
}
