import { Annotation, kinds, releasedUids, type ProviderStatus } from '@virtrigaud/api-types';
import { isNotFound, objectKey, resource } from '@virtrigaud/kube-runtime';
import { qualifiedName } from '../api/api-resource.ts';
import { conditionsOf, type LiveObject } from '../api/live-object.ts';
import { CliError } from '../cli-error.ts';
import { isRuledOut, unownedTable, type Unowned, type UnownedMachine } from '../output/unowned-text.ts';
import { withSession, type Session, type TargetFlags } from '../target/session.ts';
import type { System } from '../terminal/terminal.ts';
import { awaitObject } from './await-object.ts';
import { timeoutMsOf } from './timeout.ts';

/** Options of `release`. */
export interface ReleaseFlags extends TargetFlags {
  readonly yes?: boolean;
  readonly timeout: string;
}

interface Run {
  readonly name: string;
  /** As kubectl writes it. */
  readonly label: string;
  readonly session: Session;
  readonly system: System;
}

/**
 * Shows the machines of a Provider that bear our stamp and that no object owns; with `--yes` has the stamps taken off those that it
 * has shown, and waits for that.
 *
 * @throws {@link CliError} `BadInput`, `Refused`; `Unmet` when it is not known which they are, or they were not let go in time.
 */
export async function release(word: string, flags: ReleaseFlags, system: System): Promise<void> {
  const name = nameOf(word);
  const timeoutMs = timeoutMsOf(flags.timeout);
  await withSession(flags, system, async (session) => {
    const run: Run = { name, label: `${qualifiedName(kinds.Provider)}/${name}`, session, system };
    const provider = await read(run);
    const unowned = unownedOf(provider);
    const unknown = whyUnknown(provider);
    if (unknown !== undefined && (unowned === undefined || flags.yes))
      throw new CliError('Unmet', `${run.label}: which machines nobody owns is not known now: ${unknown}`);
    if (unowned === undefined) {
      system.terminal.out(`${run.label}: nothing to release: ${elsewhere}\n`);
      return;
    }
    if (unknown !== undefined) system.terminal.note(`# as it was seen last: ${unknown}\n`);
    system.terminal.out(unownedTable(unowned.machines));
    if (flags.yes) await letGo(unowned, provider, { ...run, timeoutMs });
    else system.terminal.out(howToGoOn(unowned, run));
    const more = unowned.count - unowned.machines.length;
    if (more > 0) system.terminal.out(`These are the first by name; ${more} more are shown when they are gone.\n`);
  });
}

const elsewhere =
  'each machine there that bears the stamp of this cluster has its VirtualMachine; what another cluster has stamped is not looked at';

function nameOf(word: string): string {
  const match = /^(?:(?:provider|providers|prov)(?:\.[a-z.]+)?\/)?([^/]+)$/i.exec(word);
  if (!match?.[1]) throw new CliError('BadInput', `${word}: write provider/NAME`);
  return match[1];
}

async function read({ name, session, system }: Run): Promise<LiveObject> {
  const { namespace, transport } = session;
  try {
    const client = resource<LiveObject>(transport, kinds.Provider);
    return await client.get(objectKey({ namespace, name }), { signal: system.signal });
  } catch (error) {
    if (!isNotFound(error)) throw error;
    throw new CliError('Refused', `there is no Provider ${name} in namespace ${namespace}`, { cause: error });
  }
}

const unownedOf = (provider: LiveObject | undefined): Unowned | undefined =>
  (provider?.status as ProviderStatus | undefined)?.unowned;

/** Why the status does not tell of now; undefined: it does. An inventory from which much is missing is still one. */
function whyUnknown(provider: LiveObject): string | undefined {
  const condition = conditionsOf(provider).find(({ type }) => type === 'InventoryComplete');
  if (condition === undefined)
    return 'the Provider is not connected yet; see its conditions with `virtrigaud describe`';
  if (condition.status === 'True' || condition.reason === 'InventoryShrunk') return undefined;
  return `${condition.reason}: ${condition.message}`;
}

function howToGoOn({ machines }: Unowned, { name }: Run): string {
  return [
    `The VirtualMachine of ${machines.length === 1 ? 'this machine' : 'each of these machines'} is gone. To have the stamps taken off and`,
    `the machines left to run on as nobody's: virtrigaud release provider/${name} --yes`,
    `To keep one, give a VirtualMachine the annotation ${Annotation.TakeOver}: UID instead.`,
    '',
  ].join('\n');
}

async function letGo(
  { machines }: Unowned,
  provider: LiveObject,
  run: Run & { readonly timeoutMs: number },
): Promise<void> {
  const { name, label, session, system, timeoutMs } = run;
  if (provider.metadata.annotations?.[Annotation.Paused] === 'true') {
    const what = `${label} is paused, so that nothing is changed there`;
    throw new CliError('Refused', `${what}: remove its annotation ${Annotation.Paused} first`);
  }
  const { namespace } = session;
  const uids = machines.map(({ owner }) => owner.uid);
  await resource(session.transport, kinds.Provider).mergePatch(
    objectKey({ namespace, name }),
    { metadata: { annotations: { [Annotation.Release]: uids.join(',') } } },
    { fieldManager: 'virtrigaud', signal: system.signal },
  );
  const told = new Set<UnownedMachine>();
  const tell = (now: LiveObject | undefined) => {
    if (!now || whyUnknown(now) !== undefined) return;
    for (const machine of machines) {
      if (told.has(machine) || !isRuledOut(unownedOf(now), machine)) continue;
      told.add(machine);
      system.terminal.out(`${machine.name} released\n`);
    }
  };
  await awaitObject(
    { resource: kinds.Provider, namespace, name },
    {
      isMet: (now) => {
        tell(now);
        return told.size === machines.length;
      },
      describe: (now) =>
        `${label}: ${standing(
          now,
          machines.filter((machine) => !told.has(machine)),
        )}`,
      timeoutMs,
    },
    run,
  );
}

/** Why the others are not let go yet. */
function standing(now: LiveObject | undefined, left: readonly UnownedMachine[]): string {
  if (!now) return 'the Provider is gone';
  const unknown = whyUnknown(now);
  if (unknown !== undefined) return `not known whether it is done: ${unknown}`;
  const asked = new Set(releasedUids(now.metadata.annotations?.[Annotation.Release]));
  const taken = left.find(({ owner }) => !asked.has(owner.uid));
  if (taken) return `${taken.name} is no longer asked for: somebody has changed the annotation ${Annotation.Release}`;
  const listed = unownedOf(now)?.machines ?? [];
  const refused = left.flatMap(({ owner }) => listed.filter((each) => each.owner.uid === owner.uid && each.problem));
  const [first] = refused;
  if (first?.problem) {
    const others = left.length > 1 ? ` (and ${left.length - 1} more are not let go)` : '';
    return `${first.name} is not let go: ${first.problem}; it is tried again by itself${others}`;
  }
  return `${left.length} not let go yet; does the manager run? \`virtrigaud status\` tells`;
}
