import { isDeepStrictEqual } from 'node:util';
import { hypervisorOf, type Wish } from '../scenario/scenario.ts';
import { bytesOf } from './read-truth.ts';
import type { ApiObject, Machine, Truth } from './truth.ts';

/** Something that is not as it should be once everything has come to rest. */
export interface Problem {
  /** `stuck`: what is there is right, or harmless, but did not become what is wanted. */
  readonly kind: 'lost' | 'doubled' | 'stuck';
  readonly message: string;
}

/** What the API server has acknowledged, by the name of the machine; undefined: its deletion. */
export type Wanted = ReadonlyMap<string, Wish | undefined>;

/** Holds what is there against what is wanted: one machine an object, none lost, none too many, each as its object says. Pure. */
export function checkTruth(truth: Truth, wanted: Wanted): readonly Problem[] {
  return [
    ...truth.incidents,
    ...truth.objects.flatMap((object) => checkObject(object, truth)),
    ...checkAcknowledged(truth, wanted),
    ...truth.machines.flatMap((machine) => checkOwner(machine, truth)),
    ...checkCopies(truth),
    ...truth.leftovers.map((left): Problem => ({ kind: 'stuck', message: `a volume was left behind: ${left}` })),
  ];
}

/** Whether a machine is the object's: it bears its stamp, and the stamp was put on it. */
function isOwn(machine: Machine, uid: string): boolean {
  return machine.owner === uid && machine.carrier === machine.id;
}

function checkObject(object: ApiObject, { machines }: Truth): readonly Problem[] {
  const { name, uid } = object;
  const own = machines.filter((machine) => isOwn(machine, uid));
  const [machine] = own;
  if (own.length > 1)
    return [{ kind: 'doubled', message: `${name} has ${String(own.length)} machines: ${own.map(placeOf).join(', ')}` }];
  if (object.deleting) return [{ kind: 'stuck', message: `${name} is still being deleted (${wordsOf(object)})` }];
  if (!machine) {
    const kind = object.wasReady ? 'lost' : 'stuck';
    return [{ kind, message: `${name} (${uid}) has no machine (${wordsOf(object)})` }];
  }
  return hypervisorOf[object.wish.provider] === machine.hypervisor
    ? checkSettled(object, machine)
    : checkMismatch(object, machine);
}

/** It was moved to another hypervisor, which no machine can follow: it stays, and the object says so. */
function checkMismatch({ name, ready, boundTo, wish }: ApiObject, machine: Machine): readonly Problem[] {
  const isSaid = ready?.status === 'False' && ready.reason === 'ProviderMismatch';
  const isBound = boundTo !== undefined && hypervisorOf[boundTo] === machine.hypervisor;
  if (isSaid && isBound) return [];
  const told = `is told ${JSON.stringify(ready)}, bound to ${String(boundTo)}`;
  return [{ kind: 'stuck', message: `${name} is on ${machine.hypervisor} and wants ${wish.provider}, but ${told}` }];
}

function checkSettled(object: ApiObject, machine: Machine): readonly Problem[] {
  const { name, wish } = object;
  const differences = differencesOf(wish, machine);
  const problems = [
    ...(machine.isWhole ? [] : ['its machine is half-made']),
    ...(object.boundTo === wish.provider ? [] : [`it is bound to ${String(object.boundTo)}, not to ${wish.provider}`]),
    ...(object.ready?.status === 'True' ? [] : [`it is not Ready: ${wordsOf(object)}`]),
    ...differences,
  ];
  return problems.length === 0 ? [] : [{ kind: 'stuck', message: `${name}: ${problems.join('; ')}` }];
}

function differencesOf(wish: ApiObject['wish'], machine: Machine): readonly string[] {
  const disks = Object.fromEntries(Object.entries(wish.disks).map(([name, gib]) => [name, bytesOf(gib)]));
  const pairs = {
    power: [wish.power === 'On' ? 'On' : 'Off', machine.power],
    cpus: [wish.cpu, machine.cpus],
    memoryBytes: [bytesOf(wish.memoryGiB), machine.memoryBytes],
    tags: [[...wish.tags].sort(), machine.tags],
    disks: [disks, machine.disks],
  } as const;
  return Object.entries(pairs)
    .filter(([, [want, found]]) => !isDeepStrictEqual(want, found))
    .map(([field, [want, found]]) => `${field} is ${JSON.stringify(found)}, wanted ${JSON.stringify(want)}`);
}

/** What was acknowledged is there, and what was deleted is not. */
function checkAcknowledged({ objects }: Truth, wanted: Wanted): readonly Problem[] {
  const byName = new Map(objects.map((object) => [object.name, object]));
  return [...wanted].flatMap(([name, wish]): readonly Problem[] => {
    const object = byName.get(name);
    if (!wish)
      return object && !object.deleting ? [{ kind: 'stuck', message: `${name} was deleted, and is there` }] : [];
    if (!object) return [{ kind: 'lost', message: `the object ${name} was acknowledged, and is not there` }];
    const { image: _image, vanishedPolicy: _policy, ...said } = wish;
    const isSame = isDeepStrictEqual(object.wish, said);
    return isSame ? [] : [{ kind: 'lost', message: `an acknowledged change of ${name} is not in its spec` }];
  });
}

/** Each machine with a good stamp belongs to an object that is there; others nobody but a fault has made. */
function checkOwner(machine: Machine, { objects, copies }: Truth): readonly Problem[] {
  if (copies.some(({ id }) => id === machine.id)) return [];
  if (objects.some(({ uid }) => isOwn(machine, uid))) return [];
  return [{ kind: 'doubled', message: `${placeOf(machine)} belongs to no object (stamp ${String(machine.owner)})` }];
}

/** A copy is nobody's: it is neither changed nor deleted. */
function checkCopies({ machines, copies }: Truth): readonly Problem[] {
  return copies.flatMap((copy): readonly Problem[] => {
    const now = machines.find(({ id }) => id === copy.id);
    if (!now) return [{ kind: 'lost', message: `${placeOf(copy)}, which only bears a copied stamp, was deleted` }];
    if (isDeepStrictEqual(now, copy)) return [];
    return [{ kind: 'lost', message: `${placeOf(copy)}, which only bears a copied stamp, was changed` }];
  });
}

function placeOf({ hypervisor, name, id }: Machine): string {
  return `machine ${name} (${id}) on hypervisor ${hypervisor}`;
}

function wordsOf({ ready }: ApiObject): string {
  return ready ? `Ready ${ready.status}, ${ready.reason}: ${ready.message}` : 'Ready is not current';
}
