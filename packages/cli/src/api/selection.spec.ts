import { describe, expect, it } from '@jest/globals';
import { isCalled, pathOf, qualifiedName } from './api-resource.ts';
import { knownResources } from './known-resources.ts';
import { parseNamed, parseSelection } from './selection.ts';

describe('parseSelection', () => {
  it.each([
    [['vm'], [{ resource: 'vm' }]],
    [['vm,vmimg'], [{ resource: 'vm' }, { resource: 'vmimg' }]],
    [
      ['vm', 'a', 'b'],
      [
        { resource: 'vm', name: 'a' },
        { resource: 'vm', name: 'b' },
      ],
    ],
    [
      ['vm/a', 'prov/b'],
      [
        { resource: 'vm', name: 'a' },
        { resource: 'prov', name: 'b' },
      ],
    ],
  ])('reads %p', (words, selected) => expect(parseSelection(words)).toEqual(selected));

  it.each([[['vm/a', 'b']], [['vm/']], [['/a']], [['vm/a/b']], [[',']], [['']]])('does not read %p', (words) =>
    expect(() => parseSelection(words)).toThrow(/write|name a resource/),
  );
});

describe('parseNamed', () => {
  it('wants a name', () => expect(() => parseNamed(['vm'])).toThrow('name the vm, for example vm/web-1'));
});

describe('the resources that are known', () => {
  const find = (name: string) => knownResources.filter((one) => isCalled(one, name)).map(qualifiedName);

  it.each([
    'vm',
    'VirtualMachine',
    'virtualmachines',
    'virtualmachines.infra.virtrigaud.io',
    'virtualmachines.v1beta1.infra.virtrigaud.io',
  ])('are found as %s', (name) => expect(find(name)).toEqual(['virtualmachine.infra.virtrigaud.io']));

  it('have one meaning for each name', () => {
    const names = knownResources.flatMap(({ plural, singular, shortNames }) => [plural, singular, ...shortNames]);
    expect(new Set(names).size).toBe(names.length);
  });

  it('have their paths', () => {
    const [vm] = knownResources.filter((one) => isCalled(one, 'vm'));
    const [ns] = knownResources.filter((one) => isCalled(one, 'ns'));
    expect(pathOf(vm!, { namespace: 'a', name: 'b' })).toBe(
      '/apis/infra.virtrigaud.io/v1beta1/namespaces/a/virtualmachines/b',
    );
    expect(pathOf(vm!, {})).toBe('/apis/infra.virtrigaud.io/v1beta1/virtualmachines');
    expect(pathOf(ns!, { namespace: 'a', name: 'b/c' })).toBe('/api/v1/namespaces/b%2Fc');
  });
});
