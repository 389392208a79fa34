import { describe, expect, it } from '@jest/globals';
import { definedPrefixes, freeSubnet, interfacePrefixes, routePrefixes } from './subnet.js';

const line = (destination, mask) =>
  ['eth0', destination, '00000000', '1', '0', '0', '0', mask, '0', '0', '0'].join('\t');
const table = (...lines) => ['Iface\tDestination\tGateway', ...lines, ''].join('\n');

describe('a free subnet', () => {
  it('is the first one when nothing is used', () => {
    expect(freeSubnet([])).toBe('192.168.200');
  });

  it.each([
    [
      'an address of the host',
      interfacePrefixes({ eth0: [{ family: 'IPv4', address: '192.168.200.7', netmask: '255.255.255.0' }] }),
    ],
    ['a route', routePrefixes(table(line('00C8A8C0', '00FFFFFF')))],
    ['a host route', routePrefixes(table(line('09C8A8C0', 'FFFFFFFF')))],
    [
      'a network that is defined',
      definedPrefixes("<network><ip address='192.168.200.1' netmask='255.255.255.0'/></network>"),
    ],
    ['one defined by prefix', definedPrefixes("<ip family='ipv4' address='192.168.200.1' prefix='25'>")],
  ])('is not what %s has', (_, used) => {
    expect(freeSubnet(used)).toBe('192.168.201');
  });

  it('is none of a wide route, but the default route takes nothing', () => {
    expect(freeSubnet(routePrefixes(table(line('0000A8C0', '0000FFFF'))))).toBe('10.213.100');
    expect(freeSubnet(routePrefixes(table(line('00000000', '00000000'))))).toBe('192.168.200');
  });

  it('may not be there at all', () => {
    expect(freeSubnet([{ address: 0, mask: 0 }])).toBeUndefined();
  });

  it('takes IPv6 for nothing', () => {
    expect(interfacePrefixes({ lo: [{ family: 'IPv6', address: '::1', netmask: 'ffff::' }] })).toEqual([]);
    expect(definedPrefixes("<ip family='ipv6' address='fd00::1' prefix='64'/>")).toEqual([]);
  });
});
