import { describe, expect, it } from '@jest/globals';
import { DomainState, DomainXml, type DomainStateInfo } from '@virtrigaud/libvirt-client';
import { encodeStamp, type DomainStamp } from '../identity/stamp.ts';
import { anOwner } from '../testing/a-spec.ts';
import { powerOf } from './power-of.ts';
import { stateOf } from './state-of.ts';

const around = { hostname: 'host-1', addresses: new Map<string, string[]>(), diskSizes: new Map<string, number>() };
const stamp: DomainStamp = {
  owner: anOwner,
  carrier: anOwner.uid,
  once: [],
  making: [],
  tags: { env: 'prod' },
  aliases: {},
};
const running: DomainStateInfo = { state: DomainState.running, reason: 1 };

interface Given {
  readonly stamp?: DomainStamp | undefined;
  readonly uuid?: string;
  readonly vcpu?: string;
  readonly memory?: string;
  readonly devices?: string;
}

function domain(given: Given = {}): DomainXml {
  const {
    uuid = anOwner.uid,
    vcpu = '<vcpu>1</vcpu>',
    memory = "<memory unit='KiB'>262144</memory>",
    devices = '',
  } = given;
  const xml = DomainXml.parse(
    `<domain type='qemu'><name>default.web</name><uuid>${uuid}</uuid>${memory}${vcpu}<devices>${devices}</devices></domain>`,
  );
  if (given.stamp) xml.setMetadata(encodeStamp(given.stamp, 'qualified'));
  return xml;
}

const seen = (live: DomainXml, configured = live, state = running) => stateOf({ live, configured, state }, around);

describe('stateOf', () => {
  it('tells whose VM it is by its stamp', () => {
    expect(seen(domain({ stamp }))).toMatchObject({
      id: anOwner.uid,
      owner: anOwner,
      lifecycle: 'Ready',
      tags: { env: 'prod' },
    });
  });

  it('P01 tells of a copy with the stamp that it is a copy, and none of its tags', () => {
    const uuid = '11111111-2222-4333-8444-555555555555';
    const state = seen(domain({ stamp, uuid }));
    expect(state).toMatchObject({ id: uuid, copiedFrom: anOwner.uid });
    expect([state.owner, state.tags]).toEqual([undefined, undefined]);
  });

  it('tells that a Create is not done', () => {
    const pending = { id: 'create-1', rpc: 'Create', stage: 'volumes', volumes: [] };
    expect(seen(domain({ stamp: { ...stamp, pending } }))).toMatchObject({
      lifecycle: 'Creating',
      pendingOperationId: 'create-1',
    });
  });

  it('P31 tells the size that runs, and what is configured as waiting', () => {
    const configured = domain({ vcpu: '<vcpu>4</vcpu>', memory: "<memory unit='MiB'>512</memory>" });
    expect(seen(domain(), configured)).toMatchObject({
      cpus: 1,
      memoryBytes: 268_435_456,
      restartRequired: [
        { field: 'compute.cpus', live: '1', configured: '4' },
        { field: 'compute.memory_bytes', live: '268435456', configured: '536870912' },
      ],
    });
    expect(seen(configured, configured, { state: DomainState.off, reason: 0 })).toMatchObject({
      cpus: 4,
      restartRequired: [],
    });
  });

  it('counts the processors that are on', () => {
    expect(seen(domain({ vcpu: "<vcpu current='2'>8</vcpu>" })).cpus).toBe(2);
  });

  it('P38 P81 names disks and NICs by their aliases, in whatever order, with the addresses of each NIC', () => {
    const devices = `
      <disk type='file' device='cdrom'><source file='/p/seed.iso'/><target dev='sda' bus='scsi'/><alias name='ua-seed'/></disk>
      <disk type='file' device='disk'><driver type='qcow2'/><source file='/p/d'/><target dev='vdb' bus='virtio'/><alias name='ua-disk-data'/></disk>
      <disk type='file' device='disk'><driver type='qcow2'/><source file='/p/r'/><target dev='vda' bus='virtio'/><alias name='ua-root'/></disk>
      <interface type='network'><mac address='52:54:00:AA:00:01'/><source network='lan' bridge='virbr3'/><model type='virtio'/><alias name='ua-nic-a'/></interface>`;
    const live = domain({ stamp, devices });
    const addresses = new Map([['52:54:00:aa:00:01', ['127.0.0.1', 'fe80::1', 'fd00::5', '10.0.0.5']]]);
    const diskSizes = new Map([
      ['/p/d', 5],
      ['/p/r', 7],
    ]);
    const state = stateOf({ live, configured: live, state: running }, { ...around, addresses, diskSizes });
    expect(state.disks).toMatchObject([
      { name: 'data', root: false, sizeBytes: 5 },
      { name: 'root', root: true, sizeBytes: 7 },
    ]);
    expect(state.nics).toMatchObject([
      { name: 'a', mac: '52:54:00:aa:00:01', network: 'lan', bridge: undefined, addresses: ['10.0.0.5', 'fd00::5'] },
    ]);
  });

  it.each([
    ['', 'Absent'],
    ["<channel><target type='virtio' name='org.qemu.guest_agent.0' state='connected'/></channel>", 'Connected'],
    ["<channel><target type='virtio' name='org.qemu.guest_agent.0' state='disconnected'/></channel>", 'Disconnected'],
  ])('tells of the agent from %j that it is %s', (devices, agent) => {
    expect(seen(domain({ devices })).guestAgent).toBe(agent);
  });
});

describe('powerOf', () => {
  it.each([
    ['running', { state: 1, reason: 1 }, { power: 'On' }],
    ['asked to shut down', { state: 4, reason: 0 }, { power: 'On' }],
    ['paused by a person', { state: 3, reason: 1 }, { power: 'Suspended', powerReason: 'User' }],
    ['out of space', { state: 3, reason: 5 }, { power: 'Suspended', powerReason: 'IoError' }],
    ['starting up', { state: 3, reason: 11 }, { power: 'Suspended', powerReason: 'Starting', transitioning: true }],
    ['paused, nobody knows why', { state: 3, reason: 0 }, { power: 'Suspended' }],
    ['off', { state: 5, reason: 2 }, { power: 'Off' }],
    ['off by its guest', { state: 5, reason: 1 }, { power: 'Off', powerReason: 'GuestShutdown' }],
    ['crashed', { state: 6, reason: 0 }, { power: 'Crashed', powerReason: 'GuestPanic' }],
    ['asleep', { state: 7, reason: 0 }, { power: 'Suspended', powerReason: 'User' }],
    ['something new', { state: 99, reason: 0 }, { power: 'Unknown' }],
  ])('reads %s', (_, state, expected) => {
    expect(powerOf(state)).toEqual(expected);
  });
});
