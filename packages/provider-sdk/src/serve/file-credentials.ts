import type { CredentialSource, Logger } from '@virtrigaud/service-kit';
import { readdirSync, readFileSync, statSync, watch, type FSWatcher } from 'node:fs';
import { join } from 'node:path';

/** A Secret changes all its files at once, by exchanging one link: what is read in the middle of it is read again. */
const SETTLE_MS = 100;

/**
 * Credentials from a directory of files, as Kubernetes mounts a Secret: the file's name is the key. Read again when they change.
 *
 * @throws when the directory cannot be read at the start; later the last good values stay, and the log says why.
 */
export function fileCredentials(directory: string, logger: Logger, signal: AbortSignal): CredentialSource {
  let values = readAll(directory);
  const listeners = new Set<() => void>();
  let timer: NodeJS.Timeout | undefined;
  const reread = (): void => {
    try {
      const next = readAll(directory);
      if (JSON.stringify(next) === JSON.stringify(values)) return;
      values = next;
      for (const listener of listeners) listener();
    } catch (error) {
      logger.error('the credentials cannot be read; the last ones stay in use', { directory, error });
    }
  };
  const watcher: FSWatcher = watch(directory, () => {
    clearTimeout(timer);
    timer = setTimeout(reread, SETTLE_MS);
  });
  // Without a listener an error of the watcher would end the process.
  watcher.on('error', (error) => {
    logger.error('the credentials are no longer watched; changes need a restart', { directory, error });
  });
  signal.addEventListener(
    'abort',
    () => {
      clearTimeout(timer);
      watcher.close();
    },
    { once: true },
  );
  return {
    current: () => values,
    onChange: (listener) => {
      listeners.add(listener);
      return () => {
        listeners.delete(listener);
      };
    },
  };
}

/** For a provider that needs none. */
export const noCredentials: CredentialSource = { current: () => ({}), onChange: () => () => undefined };

function readAll(directory: string): Readonly<Record<string, string>> {
  const names = readdirSync(directory)
    .filter((name) => !name.startsWith('.') && statSync(join(directory, name)).isFile())
    .sort();
  return Object.fromEntries(
    names.map((name) => [name, readFileSync(join(directory, name), 'utf8').replace(/\n$/, '')]),
  );
}
