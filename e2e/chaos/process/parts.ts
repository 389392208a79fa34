import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { providerNames, type Component, type ProviderName } from '../scenario/scenario.ts';
import { ApiDoor } from './api-door.ts';
import type { Backend } from './backend.ts';
import { Daemon, pathOf } from './daemon.ts';
import { RpcDoor } from './rpc-door.ts';
import { leaseSeconds } from './timing.ts';
import type { Weather } from './weather.ts';

export const managers = ['manager-1', 'manager-2'] as const;

/** Everything that runs in one run, and the ways between. */
export interface Parts {
  readonly backend: Backend;
  readonly daemons: Readonly<Record<Component, Daemon>>;
  readonly rpcDoors: readonly RpcDoor[];
  readonly apiDoor: ApiDoor;
  /** Directory of the API server. */
  readonly apiState: string;
  readonly kubeconfig: string;
}

/** Makes all parts in a directory, and starts none. @param crashed - is told of a program that ends by itself. */
export async function makeParts(
  directory: string,
  {
    backend,
    weather,
    crashed,
  }: { readonly backend: Backend; readonly weather: Weather; readonly crashed: (name: Component, why: string) => void },
): Promise<Parts> {
  const apiDoor = await ApiDoor.open();
  const apiState = join(directory, 'api');
  const kubeconfig = join(directory, 'kubeconfig');
  const rpcDoors: RpcDoor[] = [];
  for (const manager of managers) {
    await mkdir(join(directory, manager), { mode: 0o700 });
    for (const provider of providerNames) {
      const [socket, to] = [join(directory, manager, provider), join(directory, `${provider}.sock`)];
      rpcDoors.push(await RpcDoor.open({ socket, to, weather, manager, provider }));
      await writeFile(join(directory, manager, `${provider}.address`), `unix:${socket}`);
    }
  }
  const daemon = (name: Component, main: string, readyMessage: string, argv: readonly string[]) =>
    new Daemon({ name, main, argv, readyMessage, crashed: (why) => crashed(name, why) });
  const provider = (name: ProviderName) =>
    daemon(name, backend.providerMain, 'serving', [
      ...['--endpoint', backend.endpointOf(name), '--name', name, '--metrics-port', '0'],
      ...['--socket', join(directory, `${name}.sock`), '--log-level', 'warn', '--health-interval-ms', '500'],
      ...backend.providerArgv,
    ]);
  const manager = (name: (typeof managers)[number]) =>
    daemon(name, 'manager/src/main.ts', 'manager started', [
      ...['--kubeconfig', kubeconfig, '--runtime-dir', join(directory, name), '--listen-operations', '127.0.0.1:0'],
      ...['--provider', `${backend.type}=${backend.elsewhere}`],
      ...['--lease-duration-seconds', String(leaseSeconds)],
    ]);
  const daemons = {
    ...(await eachOf(providerNames, provider)),
    ...(await eachOf(managers, manager)),
    apiserver: daemon('apiserver', 'embedded-apiserver/src/main.ts', 'serving', [
      ...['--state', apiState, '--crds', pathOf('api-types/crds')],
    ]),
  };
  return { backend, daemons, rpcDoors, apiDoor, apiState, kubeconfig };
}

/** Starts the API server, and leads everybody to where it is now. */
export async function startApiServer({ daemons, apiDoor, apiState, kubeconfig }: Parts): Promise<void> {
  const line = await daemons.apiserver.start();
  // Killed while it started, it says nothing; whoever starts it again leads there.
  if (typeof line['url'] !== 'string') return;
  const own = await readFile(join(apiState, 'kubeconfig'), 'utf8');
  await writeFile(kubeconfig, own.replace(line['url'], `https://127.0.0.1:${String(apiDoor.port)}`), { mode: 0o600 });
  apiDoor.leadTo(Number(new URL(line['url']).port));
}

async function eachOf<K extends string, V>(
  names: readonly K[],
  make: (name: K) => Promise<V> | V,
): Promise<Readonly<Record<K, V>>> {
  const made = await Promise.all(names.map(async (name) => [name, await make(name)] as const));
  return Object.fromEntries(made) as Record<K, V>;
}
