import { qualifiedName } from '../api/api-resource.ts';
import { conditionsOf, isCurrent, type LiveObject } from '../api/live-object.ts';
import { resolveOne } from '../api/resolve-resource.ts';
import { parseNamed } from '../api/selection.ts';
import { CliError } from '../cli-error.ts';
import { withSession, type TargetFlags } from '../target/session.ts';
import type { System } from '../terminal/terminal.ts';
import { awaitObject, type Awaited } from './await-object.ts';
import { timeoutMsOf } from './timeout.ts';

/** Options of `wait`. */
export interface WaitFlags extends TargetFlags {
  readonly for: string;
  readonly timeout: string;
}

/** Waits until each object is as asked; the time is for all of them together. */
export async function wait(words: readonly string[], flags: WaitFlags, system: System): Promise<void> {
  const selected = parseNamed(words);
  const goal = parseGoal(flags.for);
  const endMs = system.now().getTime() + timeoutMsOf(flags.timeout);
  await withSession(flags, system, async (session) => {
    for (const { resource: word, name } of selected) {
      const found = await resolveOne(session.transport, word);
      const label = `${qualifiedName(found)}/${name}`;
      const place = { resource: found, namespace: found.namespaced ? session.namespace : undefined, name };
      const timeoutMs = Math.max(1, endMs - system.now().getTime());
      const describe = (object: LiveObject | undefined) => `${label}: ${goal.describe(object)}`;
      await awaitObject(place, { isMet: goal.isMet, describe, timeoutMs }, { session, system });
      system.terminal.out(`${label} ${goal.met}\n`);
    }
  });
}

/** What `--for` asks, and how it is said that it is so. */
export interface Goal extends Pick<Awaited, 'isMet' | 'describe'> {
  readonly met: string;
}

/**
 * Reads `condition=Ready`, `condition=Ready=False` or `delete`.
 *
 * @throws {@link CliError} `BadInput`
 */
export function parseGoal(text: string): Goal {
  if (text === 'delete') {
    return { met: 'deleted', isMet: (object) => object === undefined, describe: (object) => whyItStays(object) };
  }
  const match = /^condition=([^=]+)(?:=(.+))?$/.exec(text);
  if (match === null)
    throw new CliError('BadInput', `--for ${text}: write condition=NAME, condition=NAME=STATUS, or delete`);
  const [, type = '', wanted = 'True'] = match;
  const isIt = (condition: { readonly type: string }) => condition.type.toLowerCase() === type.toLowerCase();
  return {
    met: 'condition met',
    isMet: (object) =>
      object !== undefined &&
      conditionsOf(object).some(
        (condition) =>
          isIt(condition) && isCurrent(condition, object) && condition.status.toLowerCase() === wanted.toLowerCase(),
      ),
    describe: (object) => {
      if (object === undefined) return 'is not there';
      const condition = conditionsOf(object).find(isIt);
      if (condition === undefined) return `has no condition ${type} yet`;
      const { status, reason, message } = condition;
      return `${type} is ${status}, ${reason}: ${message}`;
    },
  };
}

/** Why an object that is being deleted is still there. */
export function whyItStays(object: LiveObject | undefined): string {
  if (object === undefined) return 'is gone';
  if (object.metadata.deletionTimestamp === undefined) return 'is there, and nobody has deleted it';
  const ready = conditionsOf(object).find(({ type }) => type === 'Ready');
  return ready === undefined ? 'is being deleted' : `is being deleted: ${ready.reason}: ${ready.message}`;
}
