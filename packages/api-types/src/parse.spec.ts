import { describe, expect, it } from '@jest/globals';
import { parseProvider, parseVirtualMachine, parseVMImage } from './parse.ts';
import { anObject } from './testing/objects.ts';

const pathsOf = (parsed: ReturnType<typeof parseVirtualMachine>) =>
  parsed.ok ? [] : parsed.issues.map(({ path }) => path);

describe('parseVirtualMachine', () => {
  it('fills in the defaults that the CRD has', () => {
    expect(parseVirtualMachine(anObject('VirtualMachine'))).toMatchObject({
      ok: true,
      value: {
        spec: {
          powerState: 'On',
          lifecycle: { gracefulShutdownTimeout: '60s' },
          updatePolicy: 'Online',
          driftPolicy: 'Correct',
          vanishedPolicy: 'Report',
        },
      },
    });
  });

  it('leaves absent what has no constant default', () => {
    const parsed = parseVirtualMachine(anObject('VirtualMachine'));
    expect(parsed.ok && Object.keys(parsed.value.spec).sort()).toEqual([
      'driftPolicy',
      'imageRef',
      'lifecycle',
      'powerState',
      'providerRef',
      'resources',
      'updatePolicy',
      'vanishedPolicy',
    ]);
  });

  it('keeps metadata that it does not know', () => {
    const object = anObject('VirtualMachine');
    const metadata = { ...object.metadata, ownerReferences: [{ uid: 'u' }] };
    expect(parseVirtualMachine({ ...object, metadata })).toMatchObject({ ok: true, value: { metadata } });
  });

  it('leaves out what it does not know of a status', () => {
    const parsed = parseVirtualMachine({ ...anObject('VirtualMachine'), status: { phase: 'Running', later: 1 } });
    expect(parsed.ok && parsed.value.status).toEqual({ phase: 'Running' });
  });

  it.each([
    ['an unknown field', { nope: 1 }, ['spec.nope']],
    ['an unknown nested field', { providerRef: { name: 'a', nope: 1 } }, ['spec.providerRef.nope']],
    ['a field that is missing', { imageRef: undefined }, ['spec.imageRef']],
    ['a wrong type', { resources: { cpu: '2', memory: '1Gi' } }, ['spec.resources.cpu']],
    ['a number out of range', { resources: { cpu: 513, memory: '1Gi' } }, ['spec.resources.cpu']],
    ['a size without a unit', { resources: { cpu: 1, memory: '1G' } }, ['spec.resources.memory']],
    ['what unquoted On is in YAML 1.1', { powerState: true }, ['spec.powerState']],
    [
      'a name twice',
      {
        disks: [
          { name: 'a', size: '1Gi' },
          { name: 'a', size: '1Gi' },
        ],
      },
      ['spec.disks[1]'],
    ],
    ['a tag twice', { tags: ['a', 'a'] }, ['spec.tags']],
    [
      'a multicast MAC',
      { networks: [{ name: 'a', macAddress: '53:54:00:00:00:01' }] },
      ['spec.networks[0].macAddress'],
    ],
    ['an address out of range', { networks: [{ name: 'a', ipAddress: '10.0.0.256' }] }, ['spec.networks[0].ipAddress']],
    ['a name with a path in it', { providerRef: { name: '../nodes' } }, ['spec.providerRef.name']],
    [
      'too many settings',
      { extraConfig: Object.fromEntries(Array.from({ length: 51 }, (_, i) => [`k${i}`, ''])) },
      ['spec.extraConfig'],
    ],
  ])('names the field of %s', (_what, changes, paths) => {
    expect(pathsOf(parseVirtualMachine(anObject('VirtualMachine', changes)))).toEqual(paths);
  });

  it.each(['fd00::1', '::1', '::ffff:10.0.0.1', 'fd00::1/64', '192.168.0.1/24'])(
    'takes the address %s',
    (ipAddress) => {
      expect(
        pathsOf(parseVirtualMachine(anObject('VirtualMachine', { networks: [{ name: 'a', ipAddress }] }))),
      ).toEqual([]);
    },
  );

  it.each([undefined, null, 'VirtualMachine', [], anObject('Provider')])('refuses %p', (object) => {
    expect(parseVirtualMachine(object).ok).toBe(false);
  });
});

describe('parseProvider', () => {
  it('fills in the whole healthCheck, in part given or not', () => {
    const healthCheck = { enabled: true, interval: '30s', timeout: '10s', failureThreshold: 3, successThreshold: 1 };
    expect(parseProvider(anObject('Provider'))).toMatchObject({ value: { spec: { healthCheck } } });
    expect(parseProvider(anObject('Provider', { healthCheck: { interval: '5s' } }))).toMatchObject({
      value: { spec: { healthCheck: { ...healthCheck, interval: '5s' } } },
    });
  });
});

describe('parseVMImage', () => {
  it('imports what is missing, unless told otherwise', () => {
    expect(parseVMImage(anObject('VMImage'))).toMatchObject({ value: { spec: { prepare: { onMissing: 'Import' } } } });
  });

  it('takes the older version', () => {
    expect(parseVMImage({ ...anObject('VMImage'), apiVersion: 'infra.virtrigaud.io/v1alpha1' }).ok).toBe(true);
  });
});
