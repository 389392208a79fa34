import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { HostedProvider, ServeOptions } from '@virtrigaud/service-kit';

/**
 * A provider that somebody else runs, as a process of its own that several managers share: `--provider mock=<this file>`. Its address
 * stands in `<provider's name>.address` in the manager's own runtime directory, so that each manager may reach it by a way of its own.
 */
const servedElsewhere: HostedProvider = {
  type: 'mock',
  version: 'elsewhere',
  serve: async ({ listen, provider, signal }: ServeOptions) => {
    if (listen.kind !== 'unix') throw new Error('a manager asks for a unix socket only');
    const address = await readFile(join(dirname(listen.path), `${provider.name}.address`), 'utf8');
    const stopped = new Promise<void>((resolve) => {
      if (signal.aborted) resolve();
      else signal.addEventListener('abort', () => resolve(), { once: true });
    });
    return { address, stopped, stop: async () => undefined };
  },
};

export default servedElsewhere;
