import { isDeepStrictEqual } from 'node:util';
import type { z } from 'zod';
import { virtualMachineStatus } from './kinds/virtual-machine-status.ts';
import type { VirtualMachine } from './kinds/virtual-machine.ts';
import { parseVirtualMachine, type Parsed } from './parse.ts';
import { objectMeta } from './schema/object.ts';

/** An earlier state of an object, and what {@link parseVirtualMachine} made of it. Neither may be changed in place. */
export interface Earlier {
  readonly raw: object;
  readonly value: VirtualMachine;
}

type Members = Readonly<Record<string, unknown>>;

/**
 * What {@link parseVirtualMachine} answers, where an earlier state of the object is known: what says the same is taken from it, and only
 * the rest is checked. A spec that says the same is the very same value.
 */
export function parseVirtualMachineAgain(object: unknown, earlier: Earlier): Parsed<VirtualMachine> {
  const value = isMembers(object) ? partsOf(object, earlier.raw as Members, earlier.value) : undefined;
  return value ? { ok: true, value } : parseVirtualMachine(object);
}

/** Undefined: something is new that only the whole schema can judge, or wrong, which it can tell. */
function partsOf(object: Members, raw: Members, value: VirtualMachine): VirtualMachine | undefined {
  const { apiVersion, kind, metadata, spec, status } = object;
  if (apiVersion !== raw['apiVersion'] || kind !== raw['kind'] || !isSame(spec, raw['spec'])) return undefined;
  if (!isMembers(metadata) || metadata['name'] === undefined) return undefined;
  const meta = membersOf(metadata, objectMeta.shape, { raw: raw['metadata'], value: value.metadata, others: 'kept' });
  if (!meta) return undefined;
  const known = { ...value, metadata: meta as VirtualMachine['metadata'] };
  if (status === undefined) {
    const { status: _gone, ...rest } = known;
    return rest;
  }
  if (!isMembers(status)) return undefined;
  const said = membersOf(status, virtualMachineStatus.shape, {
    raw: raw['status'],
    value: value.status,
    others: 'dropped',
  });
  return said && { ...known, status: said };
}

interface Known {
  readonly raw: unknown;
  readonly value: unknown;
  /** What becomes of members that the schema does not name. */
  readonly others: 'kept' | 'dropped';
}

/** The members of an object whose schema judges each by itself. */
function membersOf(
  object: Members,
  shape: Readonly<Record<string, z.ZodType>>,
  known: Known,
): Record<string, unknown> | undefined {
  const [raw, value] = [known.raw, known.value].map((each) => (isMembers(each) ? each : {}));
  const result: Record<string, unknown> = {};
  for (const [name, member] of Object.entries(object)) {
    // Written by assignment it would become the prototype.
    if (name === '__proto__') return undefined;
    const schema = Object.hasOwn(shape, name) ? shape[name] : undefined;
    if (!schema) {
      if (known.others === 'kept') result[name] = member;
    } else if (member !== undefined && isSame(member, raw?.[name])) result[name] = value?.[name];
    else {
      const parsed = schema.safeParse(member);
      if (!parsed.success) return undefined;
      result[name] = parsed.data;
    }
  }
  return result;
}

function isSame(one: unknown, other: unknown): boolean {
  return one === other || (typeof one === 'object' && isDeepStrictEqual(one, other));
}

function isMembers(value: unknown): value is Members {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
