import { spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, renameSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { SetupError } from '../libvirt/program.js';

const FOLDER = '/var/lib/libvirt/images/virtrigaud';

/**
 * Puts the guest's image into the pool `virtrigaud`, where libvirt can read it, under the name of its version: an image that machines were
 * made of is never replaced. Idempotent. Answers its path.
 */
export function placeImage(guest) {
  const path = join(FOLDER, `${basename(dirname(guest))}.qcow2`);
  if (!existsSync(path)) {
    copyFileSync(guest, `${path}.part`);
    renameSync(`${path}.part`, path);
  }
  const refreshed = spawnSync('virsh', ['-q', '-c', 'qemu:///system', 'pool-refresh', 'virtrigaud'], {
    encoding: 'utf8',
  });
  if (refreshed.status !== 0) throw new SetupError(`the pool virtrigaud cannot be read: ${refreshed.stderr.trim()}`);
  return path;
}
