import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MockHypervisor } from '../hypervisor/mock-hypervisor.ts';
import type { VmRecord } from '../hypervisor/records.ts';
import { createVm } from '../operations/create-vm.ts';
import type { EffectGuard } from '../operations/effect-guard.ts';
import type { WantedVm } from '../operations/wanted.ts';
import { openMockHypervisor } from '../open-mock-hypervisor.ts';
import type { MockHypervisorAccess } from '../open-mock-hypervisor.ts';
import { ownerCalled, wantedVm } from './wanted-vm.ts';

/** A signal that nobody aborts. */
export const unhurried = new AbortController().signal;

/** What operations are given that nobody stops. */
export const unguarded: EffectGuard = { signal: unhurried, beforeEffect: () => undefined };

/** A hypervisor in a directory of its own, and the truth about it. */
export interface TestHypervisor {
  readonly host: MockHypervisor;
  readonly truth: MockHypervisorAccess;
  /** Creates a VM for the owner `web`. */
  create(changes?: Partial<WantedVm>, options?: { readonly powerOn: boolean }): Promise<VmRecord>;
  remove(): Promise<void>;
}

/** Makes one; `remove` takes it away again. */
export async function testHypervisor(): Promise<TestHypervisor> {
  const directory = await mkdtemp(join(tmpdir(), 'mock-'));
  const host = await MockHypervisor.open(directory);
  return {
    host,
    truth: await openMockHypervisor(directory),
    create: (changes, options = { powerOn: true }) =>
      createVm(host, wantedVm(changes), {
        owner: ownerCalled('web'),
        operationId: 'create-1',
        powerOn: options.powerOn,
        ...unguarded,
      }),
    remove: () => rm(directory, { recursive: true }),
  };
}
