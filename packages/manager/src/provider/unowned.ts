import type { ProviderStatus } from '@virtrigaud/api-types';
import type { VirtualMachineState } from '@virtrigaud/grpc-contract/client';

/** A machine that bears a stamp of this cluster's, and whose VirtualMachine is gone. */
export interface UnownedMachine {
  readonly id: string;
  readonly name: string;
  readonly owner: { readonly namespace: string; readonly name: string; readonly uid: string };
}

/** Of how many the status tells; all are counted. */
const shown = 20;

/** What {@link unownedMachines} judges by. */
export interface UnownedInput {
  /** What the inventory holds beyond doubt, and nobody works with. */
  readonly forgotten: readonly VirtualMachineState[];
  readonly isOwned: (uid: string) => boolean;
  /** The only namespace whose objects this manager knows; undefined: all. */
  readonly namespace: string | undefined;
}

/** The machines that no object owns, by name. Pure. */
export function unownedMachines({ forgotten, isOwned, namespace }: UnownedInput): readonly UnownedMachine[] {
  return forgotten
    .flatMap(({ id, name, owner }) =>
      owner?.kind === 'VirtualMachine' &&
      (namespace === undefined || owner.namespace === namespace) &&
      !isOwned(owner.uid)
        ? [{ id, name, owner: { namespace: owner.namespace, name: owner.name, uid: owner.uid } }]
        : [],
    )
    .sort((a, b) => compare(a.name, b.name) || compare(a.id, b.id));
}

/** What the status tells of them; undefined: there are none. Pure. */
export function unownedStatus(
  machines: readonly UnownedMachine[],
  problemOf: (uid: string) => string | undefined,
): ProviderStatus['unowned'] {
  if (machines.length === 0) return undefined;
  return {
    count: machines.length,
    machines: machines.slice(0, shown).map(({ id, name, owner }) => {
      const problem = problemOf(owner.uid);
      return {
        id: id.slice(0, 1024),
        name: name.slice(0, 1024),
        owner: {
          namespace: owner.namespace.slice(0, 255),
          name: owner.name.slice(0, 255),
          uid: owner.uid.slice(0, 255),
        },
        ...(problem === undefined ? {} : { problem: problem.slice(0, 4096) }),
      };
    }),
  };
}

const compare = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);
