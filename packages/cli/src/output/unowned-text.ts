import type { ProviderStatus } from '@virtrigaud/api-types';
import { columns } from './columns.ts';

/** What `status.unowned` of a Provider says. */
export type Unowned = NonNullable<ProviderStatus['unowned']>;
/** A machine that no object owns, as a Provider's status tells of it. */
export type UnownedMachine = Unowned['machines'][number];

/** A table of machines; with a column for what keeps them where something does. */
export function unownedTable(machines: readonly UnownedMachine[]): string {
  const hasProblems = machines.some(({ problem }) => problem !== undefined);
  const row = ({ name, id, owner, problem }: UnownedMachine) => [
    name,
    id,
    `${owner.namespace}/${owner.name}`,
    owner.uid,
    ...(hasProblems ? [problem ?? ''] : []),
  ];
  return columns([['NAME', 'ID', 'OWNER', 'UID', ...(hasProblems ? ['PROBLEM'] : [])], ...machines.map(row)]);
}

/**
 * Whether a status rules out that a machine is one of those that no object owns. It tells only of the first by name: of one that comes
 * after the last of them it says nothing. Pure.
 */
export function isRuledOut(unowned: Unowned | undefined, { name, id, owner }: UnownedMachine): boolean {
  if (!unowned) return true;
  const { machines, count } = unowned;
  if (machines.some((each) => each.owner.uid === owner.uid)) return false;
  const last = machines.at(-1);
  if (count <= machines.length || !last) return true;
  return name < last.name || (name === last.name && id < last.id);
}
