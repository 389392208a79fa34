import type { Status, Tally } from '../commands/status.ts';
import { age } from './age.ts';
import { columns } from './columns.ts';
import { oneLine } from './one-line.ts';

/** How many objects that are not Ready are named. */
const NAMED = 10;
const MIB = 1024 * 1024;

/** What `status` prints for people. */
export function statusText({ up, apiServer, manager, providers, virtualMachines }: Status, now: Date): string {
  const since = up.since === undefined ? 'it is starting' : `for ${age(up.since, now)}`;
  const works = (problem: string | undefined, well: string) => problem ?? well;
  const head = columns([
    ['up', `process ${up.pid}`, `${since}, in ${up.stateDirectory}`],
    ['API server', processOf(apiServer.pid), `${works(apiServer.problem, 'answers')} on ${apiServer.url}`],
    [
      'manager',
      processOf(manager.pid),
      works(manager.problem, `leads and works; http://${manager.operations}/metrics`),
    ],
    ['objects', sizeOf(apiServer.databaseBytes)],
    ['providers', countOf(providers)],
    ['machines', countOf(virtualMachines)],
  ]);
  const held = [...heldBack('prov', providers), ...heldBack('vm', virtualMachines)];
  if (held.length === 0) return head;
  const rest = held.length > NAMED ? `  and ${held.length - NAMED} more: virtrigaud get prov,vm -A\n` : '';
  return `${head}\nNot Ready:\n${columns(held.slice(0, NAMED))}${rest}`;
}

const processOf = (pid: number | undefined) => (pid === undefined ? 'no process' : `process ${pid}`);
const sizeOf = (bytes: number | undefined) => (bytes === undefined ? 'none yet' : `${(bytes / MIB).toFixed(1)} MiB`);
const countOf = (tally: Tally | undefined) =>
  tally === undefined ? 'not known: the API server does not answer' : `${tally.ready} of ${tally.total} Ready`;

const heldBack = (word: string, tally: Tally | undefined): readonly (readonly string[])[] =>
  (tally?.notReady ?? []).map(({ object, reason, message }) => [`  ${word} ${object}`, reason, oneLine(message)]);
