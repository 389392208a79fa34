import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { CliError } from '../cli-error.ts';

/**
 * The address to listen on, with a port: where 0 was asked for, one that is free now. It is chosen before the program is started, so
 * that it is known whatever that program logs.
 *
 * @throws {@link CliError} `BadInput` when it is no `host:port`, or the host is not of this machine.
 */
export async function withPort(address: string): Promise<string> {
  const [, host, port] = /^(.+):(\d{1,5})$/.exec(address) ?? [];
  if (host === undefined || Number(port) > 65_535)
    throw new CliError('BadInput', `${address}: write it as host:port, for example 127.0.0.1:9090`);
  if (Number(port) !== 0) return address;
  const server = createServer();
  try {
    const failed = once(server, 'error').then(([error]) => {
      throw error as Error;
    });
    await Promise.race([once(server.listen(0, host.replace(/^\[|\]$/g, '')), 'listening'), failed]);
    return `${host}:${(server.address() as AddressInfo).port}`;
  } catch (cause) {
    const why = (cause as Error).message;
    throw new CliError('BadInput', `cannot listen on ${address}: ${why}`, { cause });
  } finally {
    server.close();
  }
}
