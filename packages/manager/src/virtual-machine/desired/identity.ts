import { createHash } from 'node:crypto';
import { stableHash } from './stable-hash.ts';

const maxNameLength = 80;

/** The name of a VM on the hypervisor: `<namespace>.<name>`, shortened with a hash where that is longer than 80 characters. */
export function hypervisorName(namespace: string, name: string): string {
  const full = `${namespace}.${name}`;
  if (full.length <= maxNameLength) return full;
  return `${full.slice(0, maxNameLength - 9)}-${createHash('sha256').update(full).digest('hex').slice(0, 8)}`;
}

/** The hardware address of a network card that was given none: always the same for a VM's uid and the card's name. */
export function macAddress(uid: string, nicName: string): string {
  const digest = createHash('sha256').update(`${uid}/${nicName}`).digest('hex');
  return ['52', '54', '00', digest.slice(0, 2), digest.slice(2, 4), digest.slice(4, 6)].join(':');
}

/**
 * The operation id of a level-triggered call: the same parameters give the same id, so that a repetition finds the work that runs.
 *
 * @param verb - lower case: `create`.
 */
export function operationId(verb: string, uid: string, parameters: unknown): string {
  return `${verb}-${uid}-${stableHash(parameters)}`;
}
