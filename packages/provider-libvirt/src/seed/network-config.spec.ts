import { describe, expect, it } from '@jest/globals';
import { networkConfigOf } from './network-config.ts';

const nic = { network: 'lan', bridge: undefined, model: undefined, vlan: undefined };

describe('networkConfigOf', () => {
  it('is nothing when no NIC asks for an address', () => {
    expect(networkConfigOf([{ ...nic, name: 'a', mac: '52:54:00:00:00:01', staticAddress: undefined }])).toHaveLength(
      0,
    );
  });

  it('gives addresses to the NICs that ask, DHCP to the others, all by MAC', () => {
    const staticAddress = { address: '10.0.0.5/24', gateway: '10.0.0.1', dns: ['1.1.1.1'] };
    const text = Buffer.from(
      networkConfigOf([
        { ...nic, name: 'a', mac: '52:54:00:00:00:0A', staticAddress },
        { ...nic, name: 'b', mac: '52:54:00:00:00:02', staticAddress: undefined },
      ]),
    ).toString();
    expect(JSON.parse(text)).toEqual({
      version: 2,
      ethernets: {
        nic0: {
          match: { macaddress: '52:54:00:00:00:0a' },
          'set-name': 'nic0',
          addresses: ['10.0.0.5/24'],
          routes: [{ to: '0.0.0.0/0', via: '10.0.0.1' }],
          nameservers: { addresses: ['1.1.1.1'] },
        },
        nic1: { match: { macaddress: '52:54:00:00:00:02' }, 'set-name': 'nic1', dhcp4: true },
      },
    });
  });
});
