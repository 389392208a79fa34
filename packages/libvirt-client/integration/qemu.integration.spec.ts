import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { createHash, randomUUID } from 'node:crypto';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DomainEvent, DomainRef, LibvirtSession, PoolRef } from '../src/index.ts';
import {
  Affect,
  createLibvirtSession,
  DefineFlag,
  DomainStatsType,
  DomainXml,
  isLibvirtCode,
  UndefineFlag,
  volumeXml,
  poolXml,
  XmlElement,
} from '../src/index.ts';
import { eventually } from './eventually.ts';
import { describeWithSystemLibvirtd } from './requirements.ts';

const CHUNK_BYTES = 1_000_000;
const CHUNKS = 16;
const ALL = UndefineFlag.managedSave | UndefineFlag.snapshotMetadata | UndefineFlag.nvram;

/** A guest that needs no disk: its firmware finds nothing to boot and waits. */
function guest(name: string): string {
  const domain = DomainXml.create('qemu', name);
  domain.root.append('memory', { attributes: { unit: 'MiB' }, text: 64 });
  domain.root.append('vcpu', { text: 1 });
  domain.root.append('os').append('type', { attributes: { arch: 'x86_64', machine: 'pc' }, text: 'hvm' });
  domain.root.append('features').append('acpi');
  return domain.toString();
}

async function* noise(hash: ReturnType<typeof createHash>): AsyncGenerator<Uint8Array> {
  for (let index = 0; index < CHUNKS; index++) {
    const chunk = Buffer.alloc(CHUNK_BYTES, createHash('sha256').update(String(index)).digest());
    hash.update(chunk);
    yield chunk;
  }
}

describeWithSystemLibvirtd('qemu:///system', () => {
  const name = `libvirt-client-${randomUUID()}`;
  const events: DomainEvent[] = [];
  let libvirt: LibvirtSession;
  let directory: string;
  let pool: PoolRef;

  beforeAll(async () => {
    libvirt = createLibvirtSession({
      uri: 'qemu:///system',
      domainEvents: [
        'lifecycle',
        'reboot',
        'metadata',
        'deviceAdded',
        'deviceRemoved',
        'deviceRemovalFailed',
        'blockJob',
        'agentLifecycle',
      ],
    });
    libvirt.onDomainEvent((event) => event.domain.name.startsWith(name) && events.push(event));
    await libvirt.whenConnected();
    directory = await mkdtemp(join(tmpdir(), 'libvirt-client-pool-'));
    await chmod(directory, 0o711);
    pool = await libvirt.poolDefineXml(poolXml({ name, path: directory }));
    await libvirt.poolCreate(pool);
  });

  afterAll(async () => {
    for (const domain of await libvirt.listAllDomains()) {
      if (!domain.name.startsWith(name)) continue;
      if (domain.id >= 0) await libvirt.domainDestroy(domain);
      await libvirt.domainUndefine(domain, { flags: ALL });
    }
    await libvirt.poolDestroy(pool);
    await libvirt.poolUndefine(pool);
    await rm(directory, { recursive: true, force: true });
    await libvirt.close();
  });

  /** Waits for an event of a domain. */
  function seen(domain: DomainRef, what: Partial<Record<string, unknown>>): Promise<DomainEvent> {
    return eventually(`${JSON.stringify(what)} of ${domain.name}`, async () =>
      events.find(
        (event) =>
          event.domain.uuid === domain.uuid &&
          Object.entries(what).every(([key, value]) => (event as unknown as Record<string, unknown>)[key] === value),
      ),
    );
  }

  it('knows its host', async () => {
    expect(await libvirt.getUri()).toBe('qemu:///system');
    expect((await libvirt.nodeGetInfo()).memoryKiB).toBeGreaterThan(0n);
    expect(await libvirt.nodeGetFreeMemoryBytes()).toBeGreaterThan(0n);
    expect(await libvirt.getVersion()).toBeGreaterThan(1_000_000n);
    const capabilities = XmlElement.parse(
      await libvirt.getDomainCapabilities({ arch: 'x86_64', machine: 'q35', virtType: 'qemu' }),
    );
    expect([capabilities.name, capabilities.textAt('domain')]).toEqual(['domainCapabilities', 'qemu']);
  });

  it('defines, starts, changes, stops and undefines a guest, and events tell of it', async () => {
    const defined = await libvirt.domainDefineXml(guest(`${name}-a`), { flags: DefineFlag.validate });
    const running = await libvirt.domainCreate(defined);
    await seen(defined, { kind: 'lifecycle', event: 0 });
    await seen(defined, { kind: 'lifecycle', event: 2 });
    const [stats] = await libvirt.getAllDomainStats({ stats: DomainStatsType.balloon, domains: [running] });
    expect(stats?.params.get('balloon.maximum')).toBe(65_536n);
    const stamp = XmlElement.create('stamp', { attributes: { uid: '1' } }).toString();
    const change = { type: 2, key: 'vr', uri: 'urn:example', text: stamp };
    await libvirt.domainSetMetadata(running, change, { flags: Affect.live | Affect.config });
    await seen(defined, { kind: 'metadata', uri: 'urn:example' });
    const again = DomainXml.parse(await libvirt.domainGetXmlDesc(running, { flags: 2 }));
    expect(again.findMetadata('urn:example', 'stamp')?.attribute('uid')).toBe('1');
    await expect(libvirt.domainCreate(running)).rejects.toMatchObject({ code: 55, domain: 10 });
    await libvirt.domainDestroy(running);
    await seen(defined, { kind: 'lifecycle', event: 5 });
    await libvirt.domainUndefine(defined, { flags: ALL });
    const gone: unknown = await libvirt.domainLookupByUuid(defined.uuid).catch((error: unknown) => error);
    expect(isLibvirtCode(gone, 42)).toBe(true);
  });

  it('redefines a guest from its own XML, with one value changed', async () => {
    const defined = await libvirt.domainDefineXml(guest(`${name}-b`));
    const xml = DomainXml.parse(await libvirt.domainGetXmlDesc(defined, { flags: 2 }));
    xml.root.find('memory')?.setText(131_072);
    xml.root.find('currentMemory')?.setText(131_072);
    expect((await libvirt.domainDefineXml(xml.toString())).uuid).toBe(defined.uuid);
    expect((await libvirt.domainGetInfo(defined)).maxMemoryKiB).toBe(131_072n);
    const after = DomainXml.parse(await libvirt.domainGetXmlDesc(defined, { flags: 2 }));
    expect(after.toString()).toBe(xml.toString());
    await libvirt.domainUndefine(defined, { flags: ALL });
  });

  it('uploads a volume and downloads the same bytes, whole and in part', async () => {
    const capacityBytes = BigInt(CHUNKS * CHUNK_BYTES);
    const volume = await libvirt.volCreateXml(pool, volumeXml({ name: 'data.raw', capacityBytes, format: 'raw' }));
    const sent = createHash('sha256');
    expect(await libvirt.volUpload(volume, noise(sent))).toBe(capacityBytes);
    const received = createHash('sha256');
    for await (const chunk of libvirt.volDownload(volume)) received.update(chunk);
    expect(received.digest('hex')).toBe(sent.digest('hex'));
    let part = 0;
    const range = { offsetBytes: 1_000n, lengthBytes: 2_345_678n };
    for await (const chunk of libvirt.volDownload(volume, range)) part += chunk.length;
    expect(part).toBe(2_345_678);
    await libvirt.volDelete(volume);
  });

  it('leaves a usable connection when a stream is given up on either side', async () => {
    const volume = await libvirt.volCreateXml(
      pool,
      volumeXml({ name: 'half.raw', capacityBytes: 8_000_000n, format: 'raw' }),
    );
    async function* breaks(): AsyncGenerator<Uint8Array> {
      yield new Uint8Array(CHUNK_BYTES);
      throw new Error('the source is gone');
    }
    await expect(libvirt.volUpload(volume, breaks())).rejects.toThrow('the source is gone');
    const reader = libvirt.volDownload(volume)[Symbol.asyncIterator]();
    expect((await reader.next()).done).toBe(false);
    await reader.return?.();
    const tooMuch = libvirt.volUpload(volume, noise(createHash('sha256')), { lengthBytes: 10n });
    await expect(tooMuch).rejects.toMatchObject({ kind: 'libvirt', outcome: 'refused' });
    expect((await libvirt.volGetInfo(volume)).capacityBytes).toBe(8_000_000n);
    await libvirt.poolRefresh(pool);
    await libvirt.volDelete(volume);
  });

  it('makes overlays and copies, resizes, and says when a name is taken', async () => {
    const base = await libvirt.volCreateXml(
      pool,
      volumeXml({ name: 'base', capacityBytes: 1_048_576n, format: 'qcow2' }),
    );
    const overlaySpec = {
      name: 'top',
      capacityBytes: 2_097_152n,
      format: 'qcow2',
      backing: { path: base.key, format: 'qcow2' },
    };
    const overlay = await libvirt.volCreateXml(pool, volumeXml(overlaySpec));
    expect(XmlElement.parse(await libvirt.volGetXmlDesc(overlay)).textAt('backingStore/path')).toBe(base.key);
    const xml = volumeXml({ name: 'copy', capacityBytes: 1_048_576n, format: 'qcow2' });
    const copy = await libvirt.volCreateXmlFrom(pool, { xml, source: base });
    await libvirt.volResize(copy, 4_194_304n);
    expect((await libvirt.volGetInfo(copy)).capacityBytes).toBe(4_194_304n);
    await expect(libvirt.volCreateXml(pool, xml)).rejects.toMatchObject({ code: 90, domain: 18 });
    await expect(libvirt.volLookupByName(pool, 'none')).rejects.toMatchObject({ code: 50 });
    expect((await libvirt.poolListAllVolumes(pool)).map((volume) => volume.name).sort()).toEqual([
      'base',
      'copy',
      'top',
    ]);
    for (const volume of [overlay, copy, base]) await libvirt.volDelete(volume);
  });

  it('plugs a disk into a running guest, grows it and takes it out, and events tell when it is done', async () => {
    const xml = DomainXml.parse(guest(`${name}-c`));
    xml.devices.append('controller', { attributes: { type: 'scsi', index: 0, model: 'virtio-scsi' } });
    const running = await libvirt.domainCreate(await libvirt.domainDefineXml(xml.toString()));
    const disk = { name: 'disk', capacityBytes: 1_048_576n, format: 'qcow2' };
    const volume = await libvirt.volCreateXml(pool, volumeXml(disk));
    const device = XmlElement.create('disk', { attributes: { type: 'file', device: 'disk' } });
    device.append('driver', { attributes: { name: 'qemu', type: 'qcow2' } });
    device.append('source', { attributes: { file: volume.key } });
    device.append('target', { attributes: { dev: 'sdb', bus: 'scsi' } });
    device.append('alias', { attributes: { name: 'ua-disk-b' } });
    const flags = Affect.live | Affect.config;
    await libvirt.domainAttachDevice(running, device.toString(), { flags });
    await seen(running, { kind: 'deviceAdded', alias: 'ua-disk-b' });
    await libvirt.domainBlockResize(running, { disk: 'sdb', sizeBytes: 2_097_152n });
    expect((await libvirt.domainGetBlockInfo(running, 'sdb')).capacityBytes).toBe(2_097_152n);
    expect(await libvirt.domainGetBlockJobInfo(running, 'sdb')).toBeUndefined();
    await libvirt.domainDetachDeviceAlias(running, 'ua-disk-b', { flags });
    await seen(running, { kind: 'deviceRemoved', alias: 'ua-disk-b' });
    const left = DomainXml.parse(await libvirt.domainGetXmlDesc(running));
    expect(left.findDeviceByAlias('ua-disk-b')).toBeUndefined();
    const byAlias = libvirt.domainDetachDeviceAlias(running, 'ua-disk-b', { flags: Affect.live });
    await expect(byAlias).rejects.toMatchObject({ code: 1, message: expect.stringContaining('no device found') });
    const byXml = libvirt.domainDetachDevice(running, device.toString(), { flags: Affect.live });
    await expect(byXml).rejects.toMatchObject({ code: 99 });
    await libvirt.domainReset(running);
    await seen(running, { kind: 'reboot' });
    await libvirt.domainDestroy(running);
    await libvirt.domainUndefine(running, { flags: ALL });
    await libvirt.volDelete(volume);
  });

  it('says so when a guest has no agent', async () => {
    const running = await libvirt.domainCreate(await libvirt.domainDefineXml(guest(`${name}-d`)));
    const command = JSON.stringify({ execute: 'guest-ping' });
    await expect(libvirt.domainAgentCommand(running, { command })).rejects.toMatchObject({ code: 74 });
    await expect(libvirt.domainGetGuestInfo(running, 0)).rejects.toMatchObject({ kind: 'libvirt' });
    await libvirt.domainDestroy(running);
    await libvirt.domainUndefine(running, { flags: ALL });
  });
});
