import type { CredentialSource, Logger } from '@virtrigaud/service-kit';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { watchDirectories } from './watch-directories.ts';

/**
 * Credentials from a directory of files, as Kubernetes mounts a Secret: the file's name is the key. Read again when they change.
 *
 * @throws when the directory cannot be read at the start; later the last good values stay, and the log says why.
 */
export function fileCredentials(directory: string, logger: Logger, signal: AbortSignal): CredentialSource {
  let values = readAll(directory);
  const listeners = new Set<() => void>();
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
  watchDirectories([join(directory, 'any')], { changed: reread, logger, signal });
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
