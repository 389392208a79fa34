import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { DomainXml } from './domain-xml.ts';
import { XmlElement } from './xml-element.ts';

const STAMP = 'urn:example:stamp';
const REAL = `<domain type="kvm" xmlns:qemu="http://libvirt.org/schemas/domain/qemu/1.0">
  <name>web</name>
  <!-- a person's note -->
  <metadata>
    <other:thing xmlns:other="urn:other">keep &amp; me</other:thing>
  </metadata>
  <memory unit="KiB">1024</memory>
  <unknown-to-us attr="&quot;1&quot;"><deep/></unknown-to-us>
  <devices>
    <disk type="file" device="disk"><target dev="vda" bus="virtio"/><alias name="ua-disk-root"/></disk>
    <disk type="file" device="cdrom"><target dev="sda" bus="scsi"/><alias name="ua-seed"/></disk>
  </devices>
  <qemu:commandline><qemu:arg value="-snapshot"/></qemu:commandline>
</domain>`;

describe('DomainXml', () => {
  it('changes one value and leaves every other byte as it was', () => {
    const domain = DomainXml.parse(REAL);
    domain.root.find('memory')?.setText(2_048);
    expect(domain.toString()).toBe(REAL.replace('>1024<', '>2048<'));
  });

  it('finds by path, condition and alias', () => {
    const domain = DomainXml.parse(REAL);
    expect(domain.root.attributeAt("devices/disk[@device='cdrom']/target", 'dev')).toBe('sda');
    expect(domain.root.findAll('devices/disk').map((disk) => disk.attribute('device'))).toEqual(['disk', 'cdrom']);
    expect(domain.root.findAll('devices/*')).toHaveLength(2);
    expect(domain.root.attributeAt('qemu:commandline/qemu:arg', 'value')).toBe('-snapshot');
    expect(domain.findDeviceByAlias('ua-seed')?.attributeAt('target', 'dev')).toBe('sda');
    expect(domain.findDeviceByAlias('ua-none')).toBeUndefined();
    expect([domain.name, domain.uuid, domain.root.textAt('memory')]).toEqual(['web', undefined, '1024']);
  });

  it('adds and replaces metadata of one namespace beside that of others', () => {
    const domain = DomainXml.parse(REAL);
    const stamp = (uid: string): XmlElement =>
      XmlElement.create('holder').appendInNamespace(STAMP, 'vr:stamp', { attributes: { uid } });
    domain.setMetadata(stamp('1'));
    domain.setMetadata(stamp('2'));
    const again = DomainXml.parse(domain.toString());
    expect(again.findMetadata(STAMP, 'stamp')?.attribute('uid')).toBe('2');
    expect(again.root.find('metadata')?.children.map((child) => child.name)).toEqual(['other:thing', 'vr:stamp']);
    expect(again.findMetadata('urn:other', 'thing')?.text).toBe('keep & me');
  });

  it('removes and replaces devices', () => {
    const domain = DomainXml.parse(REAL);
    domain.findDeviceByAlias('ua-seed')?.remove();
    const disk = XmlElement.create('disk', { attributes: { type: 'block' } });
    domain.findDeviceByAlias('ua-disk-root')?.replaceWith(disk);
    expect(domain.devices.children.map(String)).toEqual(['<disk type="block"/>']);
  });

  it('escapes whatever a name or a value holds', () => {
    const value = fc.string({ unit: fc.constantFrom('<', '>', '&', '"', "'", ']', 'a', ' ', 'ä', '😀', '\t') });
    fc.assert(
      fc.property(value, (hostile) => {
        const domain = DomainXml.create('qemu', `n${hostile}n`);
        domain.devices.append('disk', { attributes: { path: hostile } });
        const again = DomainXml.parse(domain.toString());
        expect([again.name, again.root.attributeAt('devices/disk', 'path')]).toEqual([`n${hostile}n`, hostile]);
      }),
    );
  });

  it.each([
    { what: 'an unclosed element', text: '<domain><name></domain>' },
    { what: 'nothing', text: '' },
    { what: 'text alone', text: 'libvirt' },
    {
      what: 'a document type, whose entities could grow without bound',
      text: '<!DOCTYPE domain [<!ENTITY a "aa">]><domain/>',
    },
    { what: 'an unknown entity', text: '<domain>&nope;</domain>' },
  ])('refuses $what', ({ text }) => {
    expect(() => DomainXml.parse(text)).toThrow(expect.objectContaining({ kind: 'protocol' }));
  });

  it('refuses another document than a domain, and a path that is none', () => {
    expect(() => DomainXml.parse('<network/>')).toThrow('expected <domain>, found <network>');
    expect(() => DomainXml.parse(REAL).root.find('devices//disk[1]')).toThrow("bad XML path 'devices//disk[1]'");
  });
});
