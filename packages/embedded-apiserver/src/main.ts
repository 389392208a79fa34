import { readApiServerArguments } from './command/arguments.ts';
import { readCrdTexts } from './command/read-crd-texts.ts';
import { jsonLog } from './command/json-log.ts';
import type { ApiServerOptions } from './api-server.ts';
import { startApiServer } from './start-api-server.ts';
import { restoreBackup } from './state/restore-backup.ts';

const log = jsonLog((line) => process.stderr.write(line));
try {
  const { crdPaths, restoreFile: file, ...options } = readApiServerArguments(process.argv.slice(2));
  if (file === undefined) await serve(options, crdPaths);
  else {
    const restored = await restoreBackup({ file, stateDir: options.stateDir, now: new Date() });
    process.stdout.write(`${JSON.stringify({ message: 'restored', ...restored })}\n`);
  }
} catch (error) {
  log.error('cannot serve or restore', { error });
  process.exitCode = 1;
}

async function serve(options: Omit<ApiServerOptions, 'crds'>, crdPaths: readonly string[]): Promise<void> {
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
}
