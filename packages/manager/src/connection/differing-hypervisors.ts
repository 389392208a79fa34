import { isUsable, type LinkState } from './connection-state.ts';

/** An instance, and what is known of it. */
export interface NamedLink {
  readonly name: string;
  readonly state: LinkState;
}

/**
 * What is to be said where instances of one Provider name different hypervisors: what one finds absent may be at the other, so nobody
 * may be asked. Undefined: they agree, or do not say. Pure.
 */
export function differingHypervisors(links: readonly NamedLink[]): string | undefined {
  const told = links.flatMap(({ name, state }) => {
    const id = isUsable(state) ? (state.info?.hypervisorId ?? '') : '';
    return id === '' ? [] : [{ name, id }];
  });
  if (new Set(told.map(({ id }) => id)).size < 2) return undefined;
  return told.map(({ name, id }) => `replica ${name} is at hypervisor ${id}`).join(', ');
}
