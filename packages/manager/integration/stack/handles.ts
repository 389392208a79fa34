import { readdir, readFile, readlink } from 'node:fs/promises';
import { join } from 'node:path';

/**
 * What a process has open, by the names that Linux gives it, but for its connections to the API server: of those it keeps as many
 * as it ever needed at once.
 *
 * @param apiServer - host and port.
 */
export async function handlesOf(pid: number, apiServer: string): Promise<readonly string[]> {
  const folder = `/proc/${String(pid)}/fd`;
  // Asked before and after: one that comes or goes meanwhile is in one of the two.
  const before = await connectionsTo(pid, apiServer);
  const names = await Promise.all((await readdir(folder)).map((fd) => readlink(join(folder, fd)).catch(() => '')));
  const connections = [...before, ...(await connectionsTo(pid, apiServer))];
  if (!names.some((name) => connections.includes(name))) {
    throw new Error(
      `process ${String(pid)} has no connection to ${apiServer}: they would be counted as something else`,
    );
  }
  // What was closed while it was read has no name.
  return names.filter((name) => name !== '' && !connections.includes(name));
}

/** What is open now and was not then; of handles that share a name, those that are more than there were. */
export function opened(now: readonly string[], then: readonly string[]): readonly string[] {
  const known = [...then];
  return now.filter((name) => {
    const index = known.indexOf(name);
    if (index === -1) return true;
    known.splice(index, 1);
    return false;
  });
}

/** The sockets that are connected to this address over IPv4, whoever's. */
async function connectionsTo(pid: number, address: string): Promise<readonly string[]> {
  const port = Number(address.slice(address.lastIndexOf(':') + 1));
  const suffix = `:${port.toString(16).toUpperCase().padStart(4, '0')}`;
  return (await readFile(`/proc/${String(pid)}/net/tcp`, 'utf8'))
    .split('\n')
    .map((line) => line.trim().split(/\s+/))
    .filter(([, , remote]) => remote?.endsWith(suffix))
    .map((fields) => `socket:[${String(fields[9])}]`);
}
