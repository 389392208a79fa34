import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { PowerState } from '@virtrigaud/grpc-contract/client';
import { createMemoryLogger, ProviderError, type MutationContext, type Owner } from '@virtrigaud/provider-sdk';
import { findVms } from '../src/inventory/find-domains.ts';
import { deleteVm } from '../src/operations/delete.ts';
import { openHost, type Host } from '../src/session/host.ts';
import { openLab, type Lab } from './lab.ts';
import { describeWithLibvirt } from './requirements.ts';
import { aCreate, anOwner, describeVm, prepareImage, served, SLOW } from './scene.ts';

/** A Delete that came in time, and may not begin anything any more once `over` says so. */
function aCall(owner: Owner, over: () => boolean): MutationContext {
  const check = () => {
    if (over()) throw new ProviderError('DeadlineExceeded', { message: 'the time is over' });
  };
  return {
    signal: new AbortController().signal,
    logger: createMemoryLogger(),
    owner,
    operationId: `delete-${owner.uid}-1`,
    remainingMs: () => Number.POSITIVE_INFINITY,
    checkTerm: () => undefined,
    checkToBegin: check,
    checkBeforeEffect: check,
    startTask: () => {
      throw new Error('no task was expected');
    },
  };
}

describeWithLibvirt('a Delete whose time ends while it asks libvirt', (guestImage) => {
  let lab: Lab;
  let preparedId: string;
  let host: Host;
  beforeAll(async () => {
    lab = await openLab(guestImage);
    preparedId = await served((client) => prepareImage(client, lab));
    const { signal } = new AbortController();
    host = await openHost({
      endpoint: 'qemu:///system',
      signal,
      logger: createMemoryLogger(),
      lost: () => undefined,
    });
  }, 60_000);
  afterAll(async () => {
    await host.libvirt.close();
    await lab.close();
  });

  it.each([
    ['whose VM it is', 'domainGetMetadata', PowerState.ON],
    ['to take its power', 'domainDestroy', PowerState.OFF],
  ] as const)(
    'P14 goes no further than the question %s',
    async (_what, last, left) => {
      await served(async (client) => {
        const owner: Owner = { ...anOwner(lab, last.toLowerCase()), kind: 'VirtualMachine' };
        await client.create(aCreate(lab, owner, preparedId), SLOW);
        let isOver = false;
        const call = aCall(owner, () => isOver);
        const [existing] = await findVms(host, { ownerUid: owner.uid }, call);
        const volumes = await lab.volumes();
        const asked = host.libvirt[last] as (...args: unknown[]) => Promise<never>;
        const late: Host = {
          ...host,
          libvirt: { ...host.libvirt, [last]: (...args: unknown[]) => asked(...args).finally(() => (isOver = true)) },
        };
        const deleted = deleteVm(late, { existing, releaseOnly: false }, call);
        await expect(deleted).rejects.toMatchObject({ message: expect.stringContaining('the time is over') });
        expect(await describeVm(client, owner)).toMatchObject({ id: owner.uid, powerState: left });
        expect(await lab.volumes()).toEqual(volumes);
      });
    },
    120_000,
  );
});
