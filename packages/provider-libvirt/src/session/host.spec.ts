import { describe, expect, it } from '@jest/globals';
import { checkEndpoint } from './endpoint.ts';
import { virtTypeOf } from './host.ts';

const capabilities = (types: readonly string[]) =>
  `<capabilities><host><cpu><arch>x86_64</arch></cpu></host>
   <guest><arch name='i686'><domain type='kvm'/></arch></guest>
   <guest><arch name='x86_64'>${types.map((type) => `<domain type='${type}'/>`).join('')}</arch></guest></capabilities>`;

describe('the host', () => {
  it('takes KVM where it is offered for guests of its own kind', () => {
    expect(virtTypeOf(capabilities(['qemu', 'kvm']))).toBe('kvm');
    expect(virtTypeOf(capabilities(['qemu']))).toBe('qemu');
    expect(virtTypeOf(capabilities(['test']))).toBe('test');
  });

  it.each([
    ['xen:///system', 'driver xen'],
    ['qemu+ssh://host/system', 'transport'],
    ['/run/libvirt', 'qemu:///system'],
  ])('refuses the endpoint %s, saying why', (endpoint, words) => {
    expect(() => checkEndpoint(endpoint)).toThrow(words);
  });
});
