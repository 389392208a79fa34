import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { Owner } from '@virtrigaud/grpc-contract/client';
import type { Lab } from './lab.ts';
import { MIB } from './scene.ts';

/** What `aCreate` asks for, as the SDK hands it on. */
export function domainSpec(lab: Lab, owner: Owner, preparedId: string) {
  const empty = { template: '', path: '', url: '', format: '', checksum: '', checksumType: '', storage: '' };
  return {
    name: `${owner.namespace}.${owner.name}`,
    compute: { cpus: 1, memoryBytes: Number(256n * MIB), secureBoot: false, tpm: false, nestedVirtualization: false },
    boot: { kind: 'Image', preparedId, ...empty },
    root: {} as { readonly sizeBytes?: number },
    disks: [] as readonly { readonly name: string; readonly sizeBytes: number }[],
    nics: [{ name: 'default', network: lab.network }],
    placement: { cluster: '', host: '', datastore: lab.pool, storagePod: '', folder: '', resourcePool: '' },
    tags: {},
    extension: { 'libvirt.virtType': 'qemu' },
  };
}

/** What a process of its own is told to do, and before which of its effects it is killed. */
export interface Order {
  readonly owner: Owner;
  readonly operationId: string;
  readonly spec: Omit<ReturnType<typeof domainSpec>, 'boot'> & { readonly boot: object | undefined };
  readonly killBefore: number;
}

/** Runs a fixture to its end, and answers the signal that ended it. */
export async function runAndDie(fixture: 'create-and-die' | 'set-disks-and-die', order: Order): Promise<string | null> {
  const path = fileURLToPath(new URL(`./fixtures/${fixture}.ts`, import.meta.url));
  const child = spawn(process.execPath, ['--conditions=@virtrigaud/source', path, JSON.stringify(order)], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const [, signal] = (await once(child, 'exit')) as [number | null, string | null];
  return signal;
}
