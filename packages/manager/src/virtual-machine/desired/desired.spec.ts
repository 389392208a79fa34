import { describe, expect, it } from '@jest/globals';
import { API_VERSION, parseVMClass, parseVMNetworkAttachment, type VMNetworkAttachment } from '@virtrigaud/api-types';
import { Firmware } from '@virtrigaud/grpc-contract/client';
import { aVm, uid } from '../../testing/builders.ts';
import { buildSpec } from './build-spec.ts';
import { buildGuestInit } from './guest-init.ts';
import { hypervisorName, macAddress, operationId } from './identity.ts';
import { buildNics } from './nics.ts';
import { stableHash } from './stable-hash.ts';

function attachment(name: string, spec: object): VMNetworkAttachment {
  const parsed = parseVMNetworkAttachment({
    apiVersion: API_VERSION,
    kind: 'VMNetworkAttachment',
    metadata: { name, namespace: 'shop' },
    spec,
  });
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.issues));
  return parsed.value;
}

describe('identity', () => {
  it('P01 names hold the namespace, and long ones differ', () => {
    expect(hypervisorName('shop', 'web')).toBe('shop.web');
    const [a, b] = ['a', 'b'].map((end) => hypervisorName('shop', 'x'.repeat(90) + end));
    expect([a?.length, b?.length]).toEqual([80, 80]);
    expect(a).not.toBe(b);
  });

  it('addresses are stable, unicast, and differ by card and VM', () => {
    expect(macAddress(uid, 'lan')).toBe(macAddress(uid, 'lan'));
    expect(new Set([macAddress(uid, 'lan'), macAddress(uid, 'wan'), macAddress('other', 'lan')]).size).toBe(3);
    expect(macAddress(uid, 'lan')).toMatch(/^52:54:00(:[0-9a-f]{2}){3}$/);
  });

  it('equal parameters give one operation id, whatever their order', () => {
    expect(operationId('create', uid, { a: 1n, b: new Uint8Array([1]) })).toBe(
      operationId('create', uid, { b: new Uint8Array([1]), a: 1n }),
    );
    expect(stableHash({ a: '1' })).not.toBe(stableHash({ a: 1 }));
    expect(stableHash({ a: undefined })).toBe(stableHash({}));
  });

  it('stays what it was: it is in the status of machines, and in the ids of operations that may run', () => {
    const value = { b: [1, 2.5, null, undefined, 'ä"'], a: { z: 1n, y: Buffer.from('x') }, '': true, é: {}, e: [] };
    expect(stableHash(value)).toBe('1ba55f819eb86c40');
    expect([stableHash(undefined), stableHash([]), stableHash('')]).toEqual([
      '74234e98afe7498f',
      '4f53cda18c2baa0c',
      '12ae32cb1ec02d01',
    ]);
  });
});

describe('buildSpec', () => {
  it('puts the VM over its class, and the class over the Provider', () => {
    const parsed = parseVMClass({
      apiVersion: API_VERSION,
      kind: 'VMClass',
      metadata: { name: 'small', namespace: 'shop' },
      spec: {
        cpu: 4,
        memory: '8Gi',
        firmware: 'EFI',
        diskDefaults: { size: '20Gi', type: 'thick', storage: 'fast' },
        extraConfig: { a: '1', b: '1' },
      },
    });
    const vmClass = parsed.ok ? parsed.value : undefined;
    const vm = aVm({
      spec: {
        classRef: { name: 'small' },
        resources: { memoryMiB: 512 },
        disks: [{ name: 'd', sizeGiB: 1, type: 'thin' }],
        tags: ['env:prod', 'x'],
        extraConfig: { b: '2' },
      },
    });
    const spec = buildSpec({ vm, vmClass, nics: undefined, defaultDatastore: 'pool' });
    expect(spec).toMatchObject({
      name: 'shop.web',
      compute: { cpus: 4, memoryBytes: 512n * 2n ** 20n, firmware: Firmware.UEFI },
      root: { name: 'root', sizeBytes: 20n * 2n ** 30n, provisioning: 'thick', storage: 'fast' },
      disks: [{ name: 'd', sizeBytes: 2n ** 30n, provisioning: 'thin', storage: 'fast' }],
      placement: { datastore: 'pool' },
      tags: { env: 'prod', x: '' },
      extension: { a: '1', b: '2' },
    });
  });
});

describe('buildNics', () => {
  const dhcp = attachment('lan', {
    network: { libvirt: { networkName: 'default' }, custom: [{ type: 'mock', network: 'm1', vlan: 7 }] },
  });
  const fixed = attachment('lan', {
    network: { libvirt: { bridge: { name: 'br0' } } },
    ipAllocation: {
      type: 'Static',
      staticConfig: { gateway: '10.0.0.1', prefix: 25 },
      dnsConfig: { servers: ['10.0.0.2'] },
    },
  });
  const build = (spec: object, attachments: VMNetworkAttachment[], providerType = 'libvirt') =>
    buildNics({ vm: aVm({ spec }), attachments, providerType, defaultNetwork: undefined });

  it('leaves the default to the provider, and none means none', () => {
    expect(build({}, [])).toEqual({ ok: true, nics: undefined });
    expect(build({ networks: [] }, [])).toEqual({ ok: true, nics: { items: [] } });
    expect(buildNics({ vm: aVm(), attachments: [], providerType: 'mock', defaultNetwork: 'n' })).toMatchObject({
      ok: true,
      nics: { items: [{ network: 'n' }] },
    });
  });

  it("takes the member of the provider's type", () => {
    const networks = [{ name: 'lan' }];
    expect(build({ networks }, [dhcp])).toMatchObject({
      nics: { items: [{ name: 'lan', network: 'default', model: 'virtio', mac: macAddress(uid, 'lan') }] },
    });
    expect(build({ networks }, [dhcp], 'mock')).toMatchObject({ nics: { items: [{ network: 'm1', vlan: 7 }] } });
    expect(build({ networks }, [dhcp], 'vsphere')).toMatchObject({ ok: false });
  });

  it('puts a fixed address together from both', () => {
    const networks = [{ name: 'lan', ipAddress: '10.0.0.9' }];
    expect(build({ networks }, [fixed])).toMatchObject({
      nics: {
        items: [{ bridge: 'br0', staticAddress: { address: '10.0.0.9/25', gateway: '10.0.0.1', dns: ['10.0.0.2'] } }],
      },
    });
    expect(build({ networks: [{ name: 'lan' }] }, [fixed])).toMatchObject({ ok: false });
  });
});

describe('buildGuestInit', () => {
  const told = (result: ReturnType<typeof buildGuestInit>) => {
    const kind = result.ok ? result.guestInit?.kind : undefined;
    return kind?.$case === 'cloudInit' ? [String(kind.value.userData), String(kind.value.metaData)] : kind?.$case;
  };

  it('P90 without user data: ids, and nothing else', () => {
    expect(told(buildGuestInit(aVm(), {}, 'supported'))).toEqual(['', `instance-id: ${uid}\nlocal-hostname: web\n`]);
    expect(buildGuestInit(aVm(), {}, 'unsupported')).toEqual({ ok: true, guestInit: undefined });
  });

  it('keeps ids that a person gives', () => {
    const vm = aVm({
      spec: {
        userData: { cloudInit: { inline: '#cloud-config' } },
        metaData: { cloudInit: { inline: 'local-hostname: mine' } },
      },
    });
    expect(told(buildGuestInit(vm, {}, 'supported'))).toEqual([
      '#cloud-config',
      `local-hostname: mine\ninstance-id: ${uid}\n`,
    ]);
  });

  it('finds the usual key of a Secret, and says what is missing', () => {
    const vm = aVm({ spec: { userData: { cloudInit: { secretRef: { name: 's' } } } } });
    expect(told(buildGuestInit(vm, { s: { 'user-data': 'x' } }, 'supported'))?.[0]).toBe('x');
    expect(buildGuestInit(vm, {}, 'supported')).toEqual({ ok: false, missing: 'Secret s does not exist; create it' });
    expect(buildGuestInit(vm, { s: { other: 'x' } }, 'supported')).toMatchObject({ ok: false });
  });
});
