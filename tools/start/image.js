import { spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, renameSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { poolFolder } from '../libvirt/network.js';
import { SetupError } from '../libvirt/program.js';

/**
 * Puts the guest's image into the pool `pool`, where libvirt can read it, under the name of its version: an image that machines were
 * made of is never replaced. Idempotent; `making` is told before it is copied. Answers its path.
 */
export function placeImage(guest, { pool, making }) {
  const path = join(poolFolder(pool), `${basename(dirname(guest))}.qcow2`);
  if (!existsSync(path)) {
    making({ kind: 'image', path, pool });
    copyFileSync(guest, `${path}.part`);
    renameSync(`${path}.part`, path);
  }
  const refreshed = spawnSync('virsh', ['-q', '-c', 'qemu:///system', 'pool-refresh', pool], {
    encoding: 'utf8',
  });
  if (refreshed.status !== 0) throw new SetupError(`the pool ${pool} cannot be read: ${refreshed.stderr.trim()}`);
  return path;
}
