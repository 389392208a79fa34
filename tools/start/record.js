/**
 * What `npm start` has made on this machine, so that `npm run teardown` takes away just that. It lies in the data directory, beside
 * the state of `up`; each entry is written before the thing is made, or as soon as it is known to be new.
 */
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { SetupError } from '../libvirt/program.js';

const fileIn = (directory) => join(directory, 'start.json');

/** Everything that was made, in order. */
export function recorded(directory) {
  const file = fileIn(directory);
  if (!existsSync(file)) return [];
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    throw new SetupError(`${file} cannot be read: ${error.message}. What npm start made has to be taken away by hand`);
  }
}

/** Adds what was made; what is recorded already is not recorded twice. */
export function record(directory, ...made) {
  const former = recorded(directory);
  const known = new Set(former.map((one) => JSON.stringify(one)));
  const added = made.filter((one) => !known.has(JSON.stringify(one)));
  if (added.length > 0) write(directory, [...former, ...added]);
}

/** Forgets what was taken away. */
export function forget(directory, gone) {
  const text = JSON.stringify(gone);
  const left = recorded(directory).filter((one) => JSON.stringify(one) !== text);
  if (left.length > 0) write(directory, left);
  else rmSync(fileIn(directory), { force: true });
}

function write(directory, entries) {
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const draft = `${fileIn(directory)}.draft`;
  writeFileSync(draft, `${JSON.stringify(entries, undefined, 2)}\n`, { mode: 0o600 });
  renameSync(draft, fileIn(directory));
}
