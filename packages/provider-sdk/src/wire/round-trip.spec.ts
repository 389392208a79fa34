import { describe, expect, it } from '@jest/globals';
import * as wire from '@virtrigaud/grpc-contract/server';
import fc from 'fast-check';
import type { VmSpec } from '../domain/vm-spec.ts';
import type { VmState } from '../domain/vm-state.ts';
import { decodeSpec } from './decode-spec.ts';
import { encodeDescribed } from './encode-state.ts';
import { connections, firmwares, guestAgentStates, lifecycles, powerReasons, powerStates } from './enums.ts';

const text = fc.string({ maxLength: 8 });
const name = fc.string({ minLength: 1, maxLength: 8 });
const count = fc.nat({ max: 1_000 });
const size = fc.bigInt({ min: 0n, max: BigInt(Number.MAX_SAFE_INTEGER) });
const content = fc.uint8Array({ maxLength: 8 }).map((bytes) => Buffer.from(bytes));
const dictionary = fc.dictionary(name, text, { maxKeys: 3 });
const optional = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined });
const provisioning = fc.constantFrom('', 'thin', 'thick', 'eagerzeroedthick');
const limits = fc.record({
  cpuReservationMhz: count,
  cpuLimitMhz: count,
  cpuShares: count,
  memoryReservationBytes: size,
  memoryLimitBytes: size,
});
const disk = fc.record({ name, sizeBytes: size, provisioning, storage: text, bus: text });
const nic = fc.record<wire.Nic>({
  name,
  network: text,
  bridge: text,
  model: text,
  mac: text,
  vlan: count,
  staticAddress: optional(fc.record({ address: name, gateway: text, dns: fc.array(text, { maxLength: 2 }) })),
});
const byName = { selector: (item: { name: string }) => item.name, maxLength: 3 };
const image = fc.record({
  prepared: text,
  template: text,
  path: text,
  url: text,
  format: text,
  checksum: text,
  checksumType: text,
  storage: text,
});
const boot = fc.oneof(
  image.map(({ prepared, ...rest }) => ({ $case: 'image' as const, value: { preparedId: prepared, ...rest } })),
  fc.record({ id: text, path: text, format: text }).map((value) => ({ $case: 'existingDisk' as const, value })),
);
const init = fc.oneof(
  fc
    .record({ userData: content, metaData: content, networkConfig: content })
    .map((value) => ({ $case: 'cloudInit' as const, value })),
  content.map((value) => ({ $case: 'ignition' as const, value })),
);

const wireSpec = fc.record<wire.VirtualMachineSpec>({
  name,
  compute: fc.record<wire.Compute>({
    cpus: fc.integer({ min: 1, max: 512 }),
    memoryBytes: fc.bigInt({ min: 1n, max: 1n << 20n }).map((mib) => mib << 20n),
    firmware: fc.constantFrom(wire.Firmware.UNSPECIFIED, wire.Firmware.BIOS, wire.Firmware.UEFI),
    secureBoot: fc.boolean(),
    tpm: fc.boolean(),
    nestedVirtualization: fc.boolean(),
    maxCpus: count,
    maxMemoryBytes: size,
    limits: optional(limits),
  }),
  boot: optional(fc.record({ source: boot })),
  root: disk.map((root) => ({ ...root, name: '' })),
  disks: fc.uniqueArray(disk, byName),
  nics: optional(fc.record({ items: fc.uniqueArray(nic, byName) })),
  guestInit: optional(fc.record({ kind: init })),
  placement: fc.record({
    cluster: text,
    host: text,
    datastore: text,
    storagePod: text,
    folder: text,
    resourcePool: text,
  }),
  tags: dictionary,
  extension: dictionary,
});

/** The way back, which only this test needs. */
function specToWire(spec: VmSpec): wire.VirtualMachineSpec {
  const { compute, boot: from, guestInit } = spec;
  const diskOf = (each: VmSpec['root'], diskName: string): wire.Disk => ({
    name: diskName,
    sizeBytes: BigInt(each.sizeBytes ?? 0),
    provisioning: each.provisioning ?? '',
    storage: each.storage ?? '',
    bus: each.bus ?? '',
  });
  const sourceOf = (): wire.BootSource['source'] => {
    if (from?.kind !== 'Image') return from && { $case: 'existingDisk', value: withoutKind(from) };
    return { $case: 'image', value: withoutKind(from) };
  };
  const kindOf = (): wire.GuestInit['kind'] => {
    if (guestInit?.kind === 'Ignition') return { $case: 'ignition', value: Buffer.from(guestInit.config) };
    if (!guestInit) return undefined;
    const { userData, metaData, networkConfig } = guestInit;
    const value = {
      userData: Buffer.from(userData),
      metaData: Buffer.from(metaData),
      networkConfig: Buffer.from(networkConfig),
    };
    return { $case: 'cloudInit', value };
  };
  return {
    ...spec,
    compute: {
      ...compute,
      memoryBytes: BigInt(compute.memoryBytes),
      firmware: compute.firmware ? firmwares[compute.firmware] : wire.Firmware.UNSPECIFIED,
      maxCpus: compute.maxCpus ?? 0,
      maxMemoryBytes: BigInt(compute.maxMemoryBytes ?? 0),
      limits: compute.limits && {
        ...compute.limits,
        memoryReservationBytes: BigInt(compute.limits.memoryReservationBytes),
        memoryLimitBytes: BigInt(compute.limits.memoryLimitBytes),
      },
    },
    boot: from && { source: sourceOf() },
    root: diskOf(spec.root, ''),
    disks: spec.disks.map((each) => diskOf(each, each.name)),
    nics: spec.nics && {
      items: spec.nics.map((each) => ({
        name: each.name,
        network: each.network ?? '',
        bridge: each.bridge ?? '',
        model: each.model ?? '',
        mac: each.mac ?? '',
        vlan: each.vlan ?? 0,
        staticAddress: each.staticAddress && {
          address: each.staticAddress.address,
          gateway: each.staticAddress.gateway ?? '',
          dns: [...each.staticAddress.dns],
        },
      })),
    },
    guestInit: guestInit && { kind: kindOf() },
  };
}

function withoutKind<T extends { readonly kind: string }>({ kind: _kind, ...rest }: T): Omit<T, 'kind'> {
  return rest;
}

const keyOf = <K extends string>(table: Readonly<Record<K, unknown>>) =>
  fc.constantFrom(...(Object.keys(table) as K[]));
const bytes = fc.maxSafeNat();
const state = fc.record<Required<VmState>>({
  id: name,
  name: text,
  owner: optional(
    fc.record({
      clusterId: text,
      namespace: text,
      name: text,
      uid: name,
      kind: fc.constantFrom('VirtualMachine' as const, 'VMImage' as const),
    }),
  ),
  copiedFrom: name,
  lifecycle: keyOf(lifecycles),
  pendingOperationId: name,
  taskId: name,
  connection: keyOf(connections),
  power: keyOf(powerStates),
  powerReason: keyOf(powerReasons),
  transitioning: fc.boolean(),
  question: name,
  cpus: count,
  memoryBytes: bytes,
  maxCpus: count,
  maxMemoryBytes: bytes,
  firmware: keyOf(firmwares),
  secureBoot: fc.boolean(),
  tpm: fc.boolean(),
  limits: fc.record({
    cpuReservationMhz: count,
    cpuLimitMhz: count,
    cpuShares: count,
    memoryReservationBytes: bytes,
    memoryLimitBytes: bytes,
  }),
  disks: fc
    .array(
      fc.record({
        path: text,
        sizeBytes: bytes,
        format: text,
        provisioning: text,
        storage: text,
        bus: text,
        root: fc.boolean(),
        detached: fc.boolean(),
        usedBytes: bytes,
      }),
      { maxLength: 3 },
    )
    // In the order in which they are encoded: root first, then by name.
    .map((disks) =>
      [...disks.filter(({ root }) => root), ...disks.filter(({ root }) => !root)].map((each, index) => ({
        ...each,
        name: `disk-${String(index)}`,
        id: `id-${String(index)}`,
      })),
    ),
  nics: fc.array(
    fc.record({
      name,
      mac: text,
      network: text,
      bridge: text,
      model: text,
      vlan: count,
      addresses: fc.array(text, { maxLength: 3 }),
    }),
    { maxLength: 3 },
  ),
  hostname: name,
  guestOs: name,
  guestAgent: keyOf(guestAgentStates),
  host: name,
  bootedAt: fc.date({ min: new Date(0), max: new Date('2100-01-01'), noInvalidDate: true }),
  tags: dictionary,
  restartRequired: fc
    .uniqueArray(fc.record({ field: name, live: text, configured: text }), {
      selector: ({ field }) => field,
      maxLength: 3,
    })
    .map((drifts) => drifts.sort((a, b) => (a.field < b.field ? -1 : 1))),
  details: fc.dictionary(fc.constantFrom('xml', 'host'), text),
});

const nameOf = <K extends string>(table: Readonly<Record<K, unknown>>, value: unknown): K => {
  const found = (Object.keys(table) as K[]).find((key) => table[key] === value);
  if (found === undefined) throw new Error(`no name for ${String(value)}`);
  return found;
};

/** What a manager reads of it. */
function stateFromWire(seen: wire.VirtualMachineState): VmState {
  const { powerState, lifecycle, connection, powerReason, firmware, guestAgent, revision, ...rest } = seen;
  expect(revision).toMatch(/^[\w-]{22}$/);
  return {
    ...rest,
    owner: seen.owner && { ...seen.owner, kind: seen.owner.kind as 'VirtualMachine' },
    power: nameOf(powerStates, powerState),
    lifecycle: nameOf(lifecycles, lifecycle),
    connection: nameOf(connections, connection),
    powerReason: nameOf(powerReasons, powerReason),
    firmware: nameOf(firmwares, firmware),
    guestAgent: nameOf(guestAgentStates, guestAgent),
    memoryBytes: Number(seen.memoryBytes),
    maxMemoryBytes: Number(seen.maxMemoryBytes),
    limits: seen.limits && {
      ...seen.limits,
      memoryReservationBytes: Number(seen.limits.memoryReservationBytes),
      memoryLimitBytes: Number(seen.limits.memoryLimitBytes),
    },
    disks: seen.disks.map((each) => ({
      ...each,
      sizeBytes: Number(each.sizeBytes),
      usedBytes: Number(each.usedBytes),
    })),
    details: seen.details,
  };
}

describe('the wire', () => {
  it('P57 brings every field of a spec across, and nothing else', () => {
    fc.assert(
      fc.property(wireSpec, (sent) => {
        const received = wire.VirtualMachineSpec.decode(wire.VirtualMachineSpec.encode(sent).finish());
        expect(plain(specToWire(decodeSpec(received, 'spec')))).toEqual(plain(sent));
      }),
    );
  });

  it('P57 brings every field of a state across, and nothing else', () => {
    fc.assert(
      fc.property(state, (shown) => {
        const sent = wire.VirtualMachineState.encode(encodeDescribed(shown)).finish();
        expect(plain(stateFromWire(wire.VirtualMachineState.decode(sent)))).toEqual(plain(shown));
      }),
    );
  });

  it('P57 generates a value for every field that the contract has', () => {
    const keysOf = (message: object) => Object.keys(message).sort();
    const [spec] = fc.sample(wireSpec, 1);
    const [shown] = fc.sample(state, 1);
    expect(keysOf(spec ?? {})).toEqual(keysOf(wire.VirtualMachineSpec.fromPartial({})));
    const { power: _power, ...others } = shown ?? { power: '' };
    const { powerState: _state, revision: _revision, ...fields } = wire.VirtualMachineState.fromPartial({});
    expect(keysOf(others)).toEqual(keysOf(fields));
  });
});

/** Without prototypes, and with buffers and big numbers as text: what differs is then only what was lost. */
function plain(value: unknown): unknown {
  return JSON.parse(
    JSON.stringify(value, (_key, each: unknown) => (typeof each === 'bigint' ? `${String(each)}n` : each)),
  );
}
