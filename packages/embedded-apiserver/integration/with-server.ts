import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startApiServer } from '../src/index.ts';
import type { ApiServer, ApiServerOptions } from '../src/index.ts';
import { ApiClient } from '../src/testing/api-client.ts';
import { widgetCrd } from '../src/testing/widget-crd.ts';

/** A server of one test file, and a client of it. */
export interface Running {
  readonly server: ApiServer;
  readonly client: ApiClient;
  readonly stateDir: string;
  /** Stops both and leaves nothing behind. */
  readonly stop: () => Promise<void>;
}

/** A directory that is removed by what is returned with it. */
export async function temporaryDirectory(): Promise<{ readonly path: string; readonly remove: () => Promise<void> }> {
  const path = await mkdtemp(join(tmpdir(), 'apiserver-'));
  return { path, remove: () => rm(path, { recursive: true, force: true }) };
}

/** Starts a server with the kind Widget on a free port. */
export async function startServer(options: Partial<ApiServerOptions> = {}): Promise<Running> {
  const directory = await temporaryDirectory();
  const server = await startApiServer({
    stateDir: directory.path,
    crds: [widgetCrd],
    listen: { host: '127.0.0.1', port: 0 },
    ...options,
  });
  const client = new ApiClient(server);
  const stop = async () => {
    client.close();
    await server.stop();
    await directory.remove();
  };
  return { server, client, stateDir: options.stateDir ?? directory.path, stop };
}

/** Where Widgets of a namespace are. */
export const widgets = '/apis/test.io/v1/namespaces/default/widgets';

/** A Widget to send. */
export function widget(name: string, spec: object = {}, metadata: object = {}): Record<string, unknown> {
  return {
    apiVersion: 'test.io/v1',
    kind: 'Widget',
    metadata: { name, ...metadata },
    spec: { size: 3, ...spec },
  };
}
