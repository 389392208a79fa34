import { parseVMClass, parseVMNetworkAttachment, API_VERSION } from '@virtrigaud/api-types';
import { Capability } from '@virtrigaud/grpc-contract/client';
import { describe, expect, it } from '@jest/globals';
import { aVm } from '../testing/builders.ts';
import { imageObject, providerObject } from '../testing/objects.ts';
import { VmMemory, type ParsedVm } from './memory.ts';
import type { RawVirtualMachine } from './ports.ts';
import { resolveWanted, type References, type WantedInput } from './resolve-wanted.ts';

const metadata = { namespace: 'shop', uid: 'u' };

function vmClass(cpu: number) {
  const spec = { cpu, memory: '8Gi' };
  const parsed = parseVMClass({ apiVersion: API_VERSION, kind: 'VMClass', metadata: { ...metadata, name: 's' }, spec });
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.issues));
  return parsed.value;
}

function network(bridge: string) {
  const spec = { network: { custom: [{ type: 'mock', network: bridge }] } };
  const kind = 'VMNetworkAttachment';
  const parsed = parseVMNetworkAttachment({
    apiVersion: API_VERSION,
    kind,
    metadata: { ...metadata, name: 'n' },
    spec,
  });
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.issues));
  return parsed.value;
}

const objects = { vmClass: vmClass(4), image: imageObject(), network: network('br0') };
const references = (change: Partial<typeof objects> = {}): References => {
  const all = { ...objects, ...change };
  return { vmClass: () => all.vmClass, image: () => all.image, network: () => all.network };
};
const base: WantedInput = {
  vm: aVm({ spec: { classRef: { name: 's' }, resources: undefined, networks: [{ name: 'n' }] } }),
  provider: providerObject(),
  capabilities: new Set([Capability.CLOUD_INIT]),
  references: references(),
  consumer: { namespace: 'shop', labels: {} },
  secrets: {},
};
const meta = base.vm.metadata;

describe('resolveWanted', () => {
  it('answers the very same while all is the very same, whatever else changes of the VM', () => {
    const vm = { ...base.vm, metadata: { ...meta, resourceVersion: '8', labels: { a: 'b' } }, status: {} };
    expect(resolveWanted({ ...base, vm, references: references(), secrets: {} })).toBe(resolveWanted(base));
  });

  it.each<{ because: string; change: Partial<WantedInput> }>([
    { because: 'its class is another', change: { references: references({ vmClass: vmClass(8) }) } },
    { because: 'its network is another', change: { references: references({ network: network('br1') }) } },
    {
      because: 'its image is another',
      change: { references: references({ image: imageObject({ metadata: { namespace: 'elsewhere' } }) }) },
    },
    {
      because: 'its Provider says other defaults',
      change: { provider: providerObject({ spec: { defaults: { datastore: 'fast' } } }) },
    },
    { because: 'its Provider is gone', change: { provider: undefined } },
    { because: 'the provider has learned something', change: { capabilities: new Set([Capability.IMAGE_PREPARE]) } },
    { because: 'it is made no more', change: { secrets: undefined } },
    { because: 'another VM says the same', change: { vm: { ...base.vm, metadata: { ...meta, name: 'other' } } } },
    { because: 'another of its name says the same', change: { vm: { ...base.vm, metadata: { ...meta, uid: 'v' } } } },
    { because: 'its namespace is another', change: { consumer: { namespace: 'other', labels: {} } } },
  ])('works it out again where $because', ({ change }) => {
    const before = resolveWanted(base);
    const input = { ...base, ...change };
    const again = resolveWanted(input);
    expect(again).not.toEqual(before);
    // The same of a spec that nobody has asked about yet.
    expect(again).toEqual(resolveWanted({ ...input, vm: { ...input.vm, spec: { ...input.vm.spec } } }));
  });

  it('asks the labels of the namespace again', () => {
    const selected = { consumerNamespaceSelector: { matchLabels: { team: 'a' } } };
    const image = imageObject({ metadata: { namespace: 'elsewhere' }, spec: selected });
    const open = (labels: Record<string, string>) =>
      resolveWanted({ ...base, references: references({ image }), consumer: { namespace: 'shop', labels } }).notGranted;
    expect([open({ team: 'a' }), open({}), open({ team: 'a' })]).toEqual([
      undefined,
      expect.stringContaining('is not open'),
      undefined,
    ]);
  });

  it('reads what a Secret says now', () => {
    const vm = aVm({ spec: { userData: { cloudInit: { secretRef: { name: 's' } } } } });
    const told = (text: string) =>
      resolveWanted({ ...base, vm, secrets: { s: { userdata: text } } }).creation?.guestInit;
    expect(told('two')).not.toEqual(told('one'));
  });
});

describe('what is remembered of a parsed VM', () => {
  const raw = (version: string, change: object = {}): RawVirtualMachine => {
    const { spec, ...object } = aVm({ metadata: { resourceVersion: version }, spec: change });
    return { ...object, spec: { ...spec } };
  };
  const parse = (object: RawVirtualMachine): ParsedVm => ({
    vm: structuredClone(object) as unknown as ParsedVm['vm'],
    invalid: undefined,
  });

  it('is the same spec while it says the same, in the object as it is now', () => {
    const memory = new VmMemory();
    const [first, second] = [memory.parsed(raw('1'), parse).vm, memory.parsed(raw('2'), parse).vm];
    expect(second.spec).toBe(first.spec);
    expect(second.metadata.resourceVersion).toBe('2');
  });

  it('is another spec as soon as it says something else', () => {
    const memory = new VmMemory();
    memory.parsed(raw('1'), parse);
    expect(memory.parsed(raw('2', { powerState: 'Off' }), parse).vm.spec.powerState).toBe('Off');
  });

  it('is parsed once while it is the same object', () => {
    const memory = new VmMemory();
    const object = raw('1');
    expect(memory.parsed(object, parse)).toBe(memory.parsed(object, parse));
  });
});
