import { Annotation, type Provider } from '@virtrigaud/api-types';
import { judgeShrink, type ShrinkVerdict } from '../inventory/shrink-guard.ts';
import type { BoundVm } from './observe.ts';
import type { Home } from './provider-homes.ts';

/** What is remembered of a Provider between two judgements. */
export interface ShrinkMemory {
  /** The value of accept-inventory that was seen last, and which missing machines count as gone by it. */
  readonly accepted: { readonly value: string | undefined; readonly uids: ReadonlySet<string> };
  /** Missing in an inventory that is not believed: also who deletes them does not make them believed. */
  readonly doubted: ReadonlySet<string>;
}

/** What {@link judgeInventory} judges. */
export interface InventoryInput {
  readonly provider: Provider;
  readonly bound: readonly BoundVm[];
  readonly isMissing: (uid: string) => boolean;
  /** Undefined: this process judges it for the first time. */
  readonly memory: ShrinkMemory | undefined;
}

/**
 * Judges the inventory of a Provider, less what a person has accepted as gone. Pure.
 *
 * A value of accept-inventory accepts what is missing when it appears, not what goes missing later. A process that has just started
 * does not know when it appeared: it takes a value for new only where it is a time after the inventory was called shrunk.
 */
export function judgeInventory({ provider, bound, isMissing, memory }: InventoryInput): {
  readonly verdict: ShrinkVerdict;
  readonly memory: ShrinkMemory;
} {
  const wereReady = bound.filter(({ wasReady }) => wasReady);
  const missing = wereReady.filter(({ uid }) => isMissing(uid));
  const shrunkSince = shrunkSinceOf(provider);
  const doubted = memory?.doubted ?? new Set(shrunkSince === undefined ? [] : missing.map(({ uid }) => uid));
  const value = provider.metadata.annotations?.[Annotation.AcceptInventory];
  const accepted = acceptedOf({ value, missing, memory, shrunkSince });
  const verdict = judgeShrink({
    expected: wereReady.filter(({ uid, deleting }) => !deleting || doubted.has(uid)).map(({ uid }) => uid),
    isMissing,
    accepted,
  });
  return {
    verdict,
    memory: { accepted: { value, uids: accepted }, doubted: new Set(verdict.shrunk ? verdict.missing : []) },
  };
}

interface AcceptedInput {
  readonly value: string | undefined;
  readonly missing: readonly BoundVm[];
  readonly memory: ShrinkMemory | undefined;
  readonly shrunkSince: string | undefined;
}

function acceptedOf({ value, missing, memory, shrunkSince }: AcceptedInput): ReadonlySet<string> {
  if (value === undefined) return new Set();
  const uids = missing.map(({ uid }) => uid);
  if (memory)
    return new Set(memory.accepted.value === value ? uids.filter((uid) => memory.accepted.uids.has(uid)) : uids);
  const isNew = shrunkSince !== undefined && Date.parse(value) >= Date.parse(shrunkSince);
  return new Set(isNew ? uids : missing.filter(({ vanished }) => vanished).map(({ uid }) => uid));
}

/** Since when the status calls the inventory shrunk; undefined: it does not. */
function shrunkSinceOf({ status }: Provider): string | undefined {
  const condition = status?.conditions?.find(({ type }) => type === 'InventoryComplete');
  return condition?.reason === 'InventoryShrunk' ? condition.lastTransitionTime : undefined;
}

/** Judges the inventory of a Provider that is connected, and remembers the judgement. */
export function shrinkOf(provider: Provider, home: Home, bound: readonly BoundVm[]): ShrinkVerdict {
  const inventory = home.connection?.to.inventory;
  const isMissing = (uid: string) => inventory?.isMissing(uid) ?? false;
  const { verdict, memory } = judgeInventory({ provider, bound, isMissing, memory: home.shrink });
  home.shrink = memory;
  return verdict;
}
