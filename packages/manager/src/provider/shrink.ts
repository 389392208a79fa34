import { Annotation, type Provider } from '@virtrigaud/api-types';
import type { Inventory } from '../inventory/inventory.ts';
import { judgeShrink, tolerated, type ShrinkVerdict } from '../inventory/shrink-guard.ts';
import type { BoundVm } from './observe.ts';
import type { Home } from './provider-homes.ts';

/** What is remembered of a Provider between two judgements. */
export interface ShrinkMemory {
  /** The value of accept-inventory that was seen last, and which missing machines count as gone by it. */
  readonly accepted: { readonly value: string | undefined; readonly uids: ReadonlySet<string> };
  /** Missing in an inventory that is not believed: also who deletes them does not make them believed. */
  readonly doubted: ReadonlySet<string>;
  /** Undefined where the next look has to be at all of them. */
  readonly complete?: CompleteInventory | undefined;
}

/** An inventory that was judged complete, and the counts of that moment. */
export interface CompleteInventory extends InventoryCounts {
  readonly missing: number;
  readonly expected: number;
}

/** Counts that grow with whatever can make an inventory shrunk. */
export interface InventoryCounts {
  readonly inventory: Inventory;
  /** Of {@link Inventory.losses}. */
  readonly losses: number;
  /** How often VMs became expected at the Provider, and ceased to be. */
  readonly turnover: { readonly filed: number; readonly unfiled: number };
}

/**
 * Whether an inventory that was complete still is, at the worst: all that became expected since is missing, and so is all that was lost.
 * A look at all machines for each of a thousand that are made would be a million looks.
 */
export function isStillComplete(before: CompleteInventory | undefined, now: InventoryCounts): boolean {
  if (before?.inventory !== now.inventory) return false;
  const missing = before.missing + (now.turnover.filed - before.turnover.filed) + (now.losses - before.losses);
  return missing <= tolerated(before.expected - (now.turnover.unfiled - before.turnover.unfiled));
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

/**
 * Whether the inventory of a connected Provider is shrunk, as {@link shrinkOf} says; undefined: it is not. Asks for all machines only
 * where what has changed since may have made it so.
 */
export function shrunkNow(
  provider: Provider,
  home: Home,
  { counts, bound }: { readonly counts: InventoryCounts; readonly bound: () => readonly BoundVm[] },
): ShrinkVerdict | undefined {
  if (isStillComplete(home.shrink?.complete, counts)) return undefined;
  const verdict = shrinkOf(provider, home, bound());
  if (verdict.shrunk) return verdict;
  // What a person has accepted as gone is remembered one by one.
  if (home.shrink && provider.metadata.annotations?.[Annotation.AcceptInventory] === undefined)
    home.shrink = {
      ...home.shrink,
      complete: { ...counts, missing: verdict.missing.length, expected: verdict.expected },
    };
  return undefined;
}

/** Judges the inventory of a Provider that is connected, and remembers the judgement. */
export function shrinkOf(provider: Provider, home: Home, bound: readonly BoundVm[]): ShrinkVerdict {
  const inventory = home.connection?.to.inventory;
  const isMissing = (uid: string) => inventory?.isMissing(uid) ?? false;
  const { verdict, memory } = judgeInventory({ provider, bound, isMissing, memory: home.shrink });
  home.shrink = memory;
  return verdict;
}
