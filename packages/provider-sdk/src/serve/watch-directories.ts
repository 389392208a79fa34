import type { Logger } from '@virtrigaud/service-kit';
import { watch } from 'node:fs';
import { dirname } from 'node:path';

/** A mounted directory changes all its files at once, by exchanging one link: what is read in the middle of it is read again. */
const SETTLE_MS = 100;

/** Calls `changed` when anything in the directories of these files has changed and settled, until `signal` aborts. */
export function watchDirectories(
  files: readonly string[],
  { changed, logger, signal }: { readonly changed: () => void; readonly logger: Logger; readonly signal: AbortSignal },
): void {
  if (signal.aborted) return;
  let timer: NodeJS.Timeout | undefined;
  const watchers = [...new Set(files.map((file) => dirname(file)))].map((directory) => {
    const watcher = watch(directory, () => {
      clearTimeout(timer);
      timer = setTimeout(changed, SETTLE_MS);
    });
    // Without a listener an error of the watcher would end the process.
    watcher.on('error', (error) => {
      logger.error('a directory is no longer watched; changes need a restart', { directory, error });
    });
    return watcher;
  });
  signal.addEventListener(
    'abort',
    () => {
      clearTimeout(timer);
      for (const watcher of watchers) watcher.close();
    },
    { once: true },
  );
}
