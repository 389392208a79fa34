import { afterAll, beforeAll, expect, it } from '@jest/globals';
import type { DomainEvent, LibvirtConnection } from '../src/index.ts';
import {
  Affect,
  AddressSource,
  connectLibvirt,
  DomainState,
  DomainStatsType,
  DomainXml,
  LifecycleEventType,
  MetadataType,
  poolXml,
  volumeXml,
  XmlElement,
} from '../src/index.ts';
import { eventually } from './eventually.ts';
import { PrivateLibvirtd } from './private-libvirtd.ts';
import { describeWithLibvirtd } from './requirements.ts';

function testDomain(name: string): string {
  const domain = DomainXml.create('test', name);
  domain.root.append('memory', { attributes: { unit: 'KiB' }, text: 65_536 });
  domain.root.append('vcpu', { text: 2 });
  domain.root.append('os').append('type', { text: 'hvm' });
  return domain.toString();
}

describeWithLibvirtd('test:///default', () => {
  let libvirtd: PrivateLibvirtd;
  let libvirt: LibvirtConnection;

  beforeAll(async () => {
    libvirtd = await PrivateLibvirtd.start();
    libvirt = await connectLibvirt({ uri: 'test:///default', socketPath: libvirtd.socketPath });
  });

  afterAll(async () => {
    await libvirt?.close();
    await libvirtd?.stop();
  });

  it('answers what the node is', async () => {
    const node = await libvirt.nodeGetInfo();
    expect(node).toMatchObject({ cpuModel: 'i686', memoryKiB: 3_145_728n, cpus: 16, mhz: 1_400, threadsPerCore: 2 });
    expect(await libvirt.getUri()).toBe('test:///default');
    expect(await libvirt.getLibVersion()).toBeGreaterThanOrEqual(9_000_000n);
    expect(XmlElement.parse(await libvirt.getCapabilities()).name).toBe('capabilities');
    expect((await libvirt.getHostname()).length).toBeGreaterThan(0);
  });

  it('lives a domain from definition to undefinition, and events tell of it in order', async () => {
    const seen: DomainEvent[] = [];
    const off = await libvirt.onDomainEvent(['lifecycle'], (event) => seen.push(event));
    const defined = await libvirt.domainDefineXml(testDomain('life'));
    const running = await libvirt.domainCreate(defined);
    expect(defined.id).toBe(-1);
    expect(running.id).toBeGreaterThan(0);
    expect((await libvirt.domainGetState(running)).state).toBe(DomainState.running);
    await libvirt.domainSuspend(running);
    expect((await libvirt.domainGetState(running)).state).toBe(DomainState.paused);
    await libvirt.domainResume(running);
    await libvirt.domainReboot(running);
    await libvirt.domainDestroy(running);
    await libvirt.domainUndefine(defined);
    const { defined: added, started, suspended, resumed, stopped, undefined: removed } = LifecycleEventType;
    const events = await eventually('the last event is there', async () => {
      const types = seen.map((event) => (event.kind === 'lifecycle' ? event.event : -1));
      return types.at(-1) === removed ? types : undefined;
    });
    expect(events).toEqual([added, started, suspended, resumed, stopped, removed]);
    expect(new Set(seen.map(({ domain }) => domain.uuid))).toEqual(new Set([defined.uuid]));
    await off();
    await libvirt.domainUndefine(await libvirt.domainDefineXml(testDomain('unseen')));
    expect(seen).toHaveLength(6);
  });

  it('finds, counts and describes', async () => {
    const domain = await libvirt.domainLookupByName('test');
    expect(await libvirt.domainLookupByUuid(domain.uuid.toUpperCase())).toEqual(domain);
    expect(await libvirt.listAllDomains()).toContainEqual(domain);
    expect(await libvirt.domainGetInfo(domain)).toMatchObject({ vcpus: 2, maxMemoryKiB: 8_388_608n });
    expect(DomainXml.parse(await libvirt.domainGetXmlDesc(domain)).uuid).toBe(domain.uuid);
    const [stats] = await libvirt.getAllDomainStats({ stats: DomainStatsType.state, domains: [domain] });
    expect(stats?.params.get('state.state')).toBe(1);
    const [nic] = await libvirt.domainInterfaceAddresses(domain, AddressSource.lease);
    expect(nic).toMatchObject({ mac: 'aa:bb:cc:dd:ee:ff', addresses: [{ family: 'ipv4', prefix: 24 }] });
  });

  it('changes vCPUs, memory, metadata and autostart', async () => {
    const domain = await libvirt.domainDefineXml(testDomain('change'));
    await libvirt.domainSetVcpus(domain, 1, { flags: Affect.config });
    await libvirt.domainSetMemory(domain, 32_768n, { flags: Affect.config });
    await libvirt.domainSetAutostart(domain, { autostart: true });
    const stamp = XmlElement.create('stamp', { attributes: { uid: '1' } });
    const change = { type: MetadataType.element, key: 'vr', uri: 'urn:example' };
    await libvirt.domainSetMetadata(domain, { ...change, text: stamp.toString() }, { flags: Affect.config });
    const which = { type: MetadataType.element, uri: 'urn:example' };
    const flags = Affect.config;
    expect(XmlElement.parse(await libvirt.domainGetMetadata(domain, which, { flags })).attribute('uid')).toBe('1');
    expect(await libvirt.domainGetAutostart(domain)).toBe(true);
    expect(await libvirt.domainGetInfo(domain)).toMatchObject({ vcpus: 1, memoryKiB: 32_768n });
    await libvirt.domainSetMetadata(domain, change, { flags });
    await expect(libvirt.domainGetMetadata(domain, which, { flags })).rejects.toMatchObject({ code: 80 });
    await libvirt.domainUndefine(domain);
  });

  it('makes, reverts and deletes snapshots', async () => {
    const domain = await libvirt.domainLookupByName('test');
    const xml = XmlElement.create('domainsnapshot');
    xml.append('name', { text: 's1' });
    const snapshot = await libvirt.snapshotCreateXml(domain, xml.toString());
    expect(await libvirt.listAllSnapshots(domain)).toEqual([snapshot]);
    expect(await libvirt.snapshotLookupByName(domain, 's1')).toEqual(snapshot);
    expect(XmlElement.parse(await libvirt.snapshotGetXmlDesc(snapshot)).textAt('name')).toBe('s1');
    await libvirt.snapshotRevert(snapshot);
    await libvirt.snapshotDelete(snapshot);
    expect(await libvirt.listAllSnapshots(domain)).toEqual([]);
    await expect(libvirt.snapshotLookupByName(domain, 's1')).rejects.toMatchObject({ code: 72 });
  });

  it('handles networks', async () => {
    const xml = XmlElement.create('network');
    xml.append('name', { text: 'n1' });
    xml.append('bridge', { attributes: { name: 'vrt0' } });
    const network = await libvirt.networkDefineXml(xml.toString());
    expect(await libvirt.networkIsActive(network)).toBe(false);
    await libvirt.networkCreate(network);
    expect(await libvirt.networkIsActive(network)).toBe(true);
    await libvirt.networkSetAutostart(network, { autostart: true });
    expect(await libvirt.networkLookupByName('n1')).toEqual(network);
    expect(await libvirt.networkLookupByUuid(network.uuid)).toEqual(network);
    expect(await libvirt.listAllNetworks()).toContainEqual(network);
    expect(XmlElement.parse(await libvirt.networkGetXmlDesc(network)).textAt('uuid')).toBe(network.uuid);
    await libvirt.networkDestroy(network);
    await libvirt.networkUndefine(network);
    await expect(libvirt.networkLookupByName('n1')).rejects.toMatchObject({ code: 43 });
  });

  it('handles pools and volumes', async () => {
    const pool = await libvirt.poolDefineXml(poolXml({ name: 'p1', path: '/p1' }));
    await libvirt.poolBuild(pool);
    await libvirt.poolCreate(pool);
    await libvirt.poolSetAutostart(pool, { autostart: true });
    await libvirt.poolRefresh(pool);
    expect(await libvirt.listAllStoragePools()).toContainEqual(pool);
    expect(await libvirt.poolLookupByUuid(pool.uuid)).toEqual(pool);
    expect((await libvirt.poolGetInfo(pool)).availableBytes).toBeGreaterThan(0n);
    const volume = await libvirt.volCreateXml(pool, volumeXml({ name: 'v1', capacityBytes: 4_096n }));
    const copyXml = volumeXml({ name: 'v2', capacityBytes: 4_096n });
    const copy = await libvirt.volCreateXmlFrom(pool, { xml: copyXml, source: volume });
    expect(await libvirt.poolListAllVolumes(pool)).toEqual(expect.arrayContaining([volume, copy]));
    expect(await libvirt.volLookupByPath(copy.key)).toEqual(copy);
    expect((await libvirt.volGetInfo(copy)).capacityBytes).toBe(4_096n);
    await libvirt.volDelete(volume);
    await libvirt.volDelete(copy);
    await libvirt.poolDestroy(pool);
    await libvirt.poolUndefine(pool);
  });

  it.each([
    { code: 42, what: 'no domain', call: () => libvirt.domainLookupByName('none') },
    { code: 43, what: 'no network', call: () => libvirt.networkLookupByName('none') },
    { code: 49, what: 'no pool', call: () => libvirt.poolLookupByName('none') },
    { code: 50, what: 'no volume', call: () => libvirt.volLookupByPath('/none') },
    { code: 35, what: 'XML that is none', call: () => libvirt.domainDefineXml('<domain') },
    {
      code: 3,
      what: 'not built in this driver',
      call: async () => libvirt.domainGetGuestInfo(await libvirt.domainLookupByName('test'), 0),
    },
  ])('answers with code $code: $what', async ({ code, call }) => {
    await expect(call()).rejects.toMatchObject({ kind: 'libvirt', outcome: 'refused', code });
  });

  it('answers 1,000 calls made at once, each with its own answer', async () => {
    const domains = await Promise.all(
      Array.from({ length: 20 }, (_, index) => libvirt.domainDefineXml(testDomain(`many-${index}`))),
    );
    const calls = Array.from({ length: 1_000 }, (_, index) => libvirt.domainLookupByName(`many-${index % 20}`));
    const answers = await Promise.all(calls);
    expect(answers.map(({ uuid }) => uuid)).toEqual(answers.map((_, index) => domains[index % 20]?.uuid));
    await Promise.all(domains.map((domain) => libvirt.domainUndefine(domain)));
  });

  it('can change nothing when it was opened read-only', async () => {
    const reader = await connectLibvirt({ uri: 'test:///default', socketPath: libvirtd.socketPath, readOnly: true });
    await expect(reader.domainDefineXml(testDomain('no'))).rejects.toMatchObject({ code: 29 });
    await reader.close();
  });
});
