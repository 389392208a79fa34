import { describe, expect, it } from '@jest/globals';
import { poolXml, volumeXml } from './storage-xml.ts';

describe('storage XML', () => {
  it('describes a volume with all it can have', () => {
    const xml = volumeXml({
      name: 'a&b',
      capacityBytes: 10n,
      allocationBytes: 0n,
      format: 'qcow2',
      backing: { path: '/pool/<base>', format: 'raw' },
      permissions: { mode: '0600', ownerId: 0, groupId: 64_055 },
    });
    expect(xml).toBe(
      '<volume><name>a&amp;b</name><capacity unit="bytes">10</capacity><allocation unit="bytes">0</allocation>' +
        '<target><format type="qcow2"/><permissions><mode>0600</mode><owner>0</owner><group>64055</group></permissions></target>' +
        '<backingStore><path>/pool/&lt;base&gt;</path><format type="raw"/></backingStore></volume>',
    );
  });

  it('leaves to libvirt what is not said', () => {
    expect(volumeXml({ name: 'v', capacityBytes: 1n })).toBe(
      '<volume><name>v</name><capacity unit="bytes">1</capacity><target/></volume>',
    );
    expect(poolXml({ name: 'p', path: '/a', permissions: { mode: '0711' } })).toBe(
      '<pool type="dir"><name>p</name><target><path>/a</path><permissions><mode>0711</mode></permissions></target></pool>',
    );
  });
});
