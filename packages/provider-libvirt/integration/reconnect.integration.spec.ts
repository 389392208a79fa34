import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { PowerState, type WatchVMsResponse } from '@virtrigaud/grpc-contract/client';
import { connectLibvirt } from '@virtrigaud/libvirt-client';
import { withServedProvider } from '@virtrigaud/provider-sdk/testing';
import provider from '../src/index.ts';
import { eventually } from './eventually.ts';
import { OwnLibvirtd } from './own-libvirtd.ts';
import { describeWithLibvirt } from './requirements.ts';
import { SLOW } from './scene.ts';

describeWithLibvirt('a libvirtd that is killed and comes back', () => {
  let libvirtd: OwnLibvirtd;
  beforeEach(async () => {
    libvirtd = await OwnLibvirtd.make();
    await libvirtd.start();
  });
  afterEach(async () => {
    await libvirtd?.close();
  });

  it('P04 P20 is unreachable meanwhile, is asked again by itself, and its events are told again', async () => {
    const endpoint = `test:///default?socket=${libvirtd.socketPath}`;
    await withServedProvider(provider, { endpoint }, async ({ client }) => {
      const end = new AbortController();
      const told: WatchVMsResponse[] = [];
      const reading = (async () => {
        for await (const response of client.watchVMs({ clusterId: 'lab' }, { signal: end.signal })) told.push(response);
      })().catch((error: unknown) => {
        if (!end.signal.aborted) throw error;
      });
      const test = await eventually('the VM of the test driver is told', async () => lastUpsert(told));
      const describeTest = () => client.describe({ id: test.id }, SLOW);

      await libvirtd.kill();
      const refusal = await eventually('it is noticed', () =>
        describeTest().then(
          () => undefined,
          (error: unknown) => error,
        ),
      );
      expect(refusal).toMatchObject({ code: 14, reason: 'HYPERVISOR_UNREACHABLE' });

      await libvirtd.start();
      await eventually('it is asked again', () => describeTest().catch(() => undefined));
      await eventually('the watch has listed again', async () =>
        lastUpsert(told)?.powerState === PowerState.ON ? true : undefined,
      );
      const byHand = await connectLibvirt({ uri: 'test:///default', socketPath: libvirtd.socketPath });
      const domain = await byHand.domainLookupByUuid(test.id);
      const powerIs = (power: PowerState) =>
        eventually(`the watch tells power ${String(power)}`, async () =>
          lastUpsert(told)?.powerState === power ? true : undefined,
        );
      await byHand.domainDestroy(domain);
      await powerIs(PowerState.OFF);
      // The list after the reconnection may have shown the stop; the start only an event can tell.
      await byHand.domainCreate(domain);
      await powerIs(PowerState.ON);
      await byHand.close();
      expect(told.map(({ event }) => event?.$case)).not.toContain('gone');
      end.abort();
      await reading;
    });
  }, 120_000);
});

function lastUpsert(told: readonly WatchVMsResponse[]) {
  const event = told.findLast((response) => response.event?.$case === 'upsert')?.event;
  return event?.$case === 'upsert' ? event.value : undefined;
}
