import { describe } from '@jest/globals';
import { accessSync, constants } from 'node:fs';
import { DEFAULT_SOCKET_PATH } from '../src/index.ts';
import { LIBVIRTD } from './private-libvirtd.ts';

const QEMU = '/usr/bin/qemu-system-x86_64';

/** A suite that starts a libvirtd of its own. */
export function describeWithLibvirtd(name: string, body: () => void): void {
  describeIf(name, missing(LIBVIRTD, constants.X_OK) ?? missing(QEMU, constants.X_OK), body);
}

/** A suite that uses the host's libvirtd, `qemu:///system`. */
export function describeWithSystemLibvirtd(name: string, body: () => void): void {
  const how = 'start it with `node tools/libvirt/daemon.js`';
  const absent = missing(DEFAULT_SOCKET_PATH, constants.R_OK | constants.W_OK);
  describeIf(name, absent && `${absent}; ${how}`, body);
}

/** Skips and says why, since jest names no suite that is skipped whole; in CI the reason is a failure. */
function describeIf(name: string, absent: string | undefined, body: () => void): void {
  if (absent === undefined) {
    describe(name, body);
    return;
  }
  const reason = `${name}: ${absent}`;
  if (process.env['CI'] === 'true') throw new Error(reason);
  process.stderr.write(`skipped: ${reason}\n`);
  describe.skip(name, body);
}

function missing(path: string, mode: number): string | undefined {
  try {
    accessSync(path, mode);
    return undefined;
  } catch (error) {
    return `cannot use ${path}: ${error instanceof Error ? error.message : String(error)}`;
  }
}
