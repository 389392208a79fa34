import { aMutation, anOwner, aSpec } from '@virtrigaud/provider-sdk/testing';
import { Wire } from './wire.ts';

/** The owner of the VM that tests make. */
export const webOwner = anOwner('web');

/** What every call of these tests is sent with. */
export const calls = { timeoutMs: 10_000, metadata: { 'virtrigaud-contract': '1' } };

/** Asks for the VM `default.web`: on, with a root disk, a data disk and a seed. */
export function createWebRequest() {
  return {
    mutation: aMutation(webOwner),
    initialPower: Wire.power.on,
    spec: aSpec(webOwner, {
      disks: [{ name: 'data', sizeBytes: 1024n ** 3n }],
      guestInit: { kind: { $case: 'cloudInit', value: { userData: Buffer.from('#cloud-config\n') } } },
    }),
  };
}
