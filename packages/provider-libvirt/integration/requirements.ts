import { describe } from '@jest/globals';
import { DEFAULT_SOCKET_PATH } from '@virtrigaud/libvirt-client';
import { spawnSync } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { fileURLToPath } from 'node:url';

const GUEST_SCRIPT = fileURLToPath(new URL('../../../tools/libvirt/guest.sh', import.meta.url));

/** A suite that makes VMs on this host's libvirt. Skipped with the reason in its name; in CI the reason is a failure. */
export function describeWithLibvirt(name: string, body: (guestImage: string) => void): void {
  const found = requirements();
  if ('image' in found) {
    describe(name, () => {
      body(found.image);
    });
  } else if (process.env['CI'] === 'true') {
    throw new Error(`${name}: ${found.absent}`);
  } else {
    process.stderr.write(`skipped: ${name}: ${found.absent}\n`);
    describe.skip(`${name} (skipped: ${found.absent})`, () => {
      body('');
    });
  }
}

function requirements(): { readonly image: string } | { readonly absent: string } {
  try {
    accessSync(DEFAULT_SOCKET_PATH, constants.R_OK | constants.W_OK);
  } catch (error) {
    return { absent: `${String(error)}; start libvirt with \`node tools/libvirt/daemon.js\`` };
  }
  const made = spawnSync('bash', [GUEST_SCRIPT], { encoding: 'utf8' });
  const image = made.stdout.trim().split('\n').at(-1);
  if (made.status !== 0 || !image) return { absent: `the guest cannot be made: ${made.stderr.trim()}` };
  return { image };
}
