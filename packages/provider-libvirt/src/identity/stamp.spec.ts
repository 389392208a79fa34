import { describe, expect, it } from '@jest/globals';
import { DomainXml, XmlElement } from '@virtrigaud/libvirt-client';
import fc from 'fast-check';
import { stampIn } from '../state/domain-view.ts';
import { anOwner } from '../testing/a-spec.ts';
import { decodeStamp, encodeStamp, type DomainStamp } from './stamp.ts';

const stamp: DomainStamp = {
  owner: anOwner,
  carrier: anOwner.uid,
  madeAs: '00000000-0000-4000-8000-000000000001',
  pending: { id: 'create-1', rpc: 'Create', stage: 'volumes', volumes: [{ pool: 'default', name: 'vr-x-root.qcow2' }] },
  once: ['reboot-1', 'reset-2'],
  making: [{ pool: 'p', name: 'vr-x-disk-a.qcow2' }],
  tags: { env: 'prod', 'a b': '' },
  aliases: { 'ua-disk-h_1': 'weird name' },
};

describe('the stamp', () => {
  it.each(['qualified', 'bare'] as const)('reads back what it wrote, %s', (form) => {
    expect(decodeStamp(XmlElement.parse(encodeStamp(stamp, form).toString()))).toEqual(stamp);
  });

  it('is found in a definition among what others keep there', () => {
    const domain = DomainXml.create('qemu', 'x');
    domain.root.ensure('metadata').appendInNamespace('https://example.org', 'other:thing');
    domain.setMetadata(encodeStamp(stamp, 'qualified'));
    expect(stampIn(DomainXml.parse(domain.toString()))).toEqual(stamp);
  });

  it.each([
    ['no owner', '<vm carrier="x"/>'],
    ['no carrier', '<vm><owner uid="u" kind="VirtualMachine"/></vm>'],
    ['an unknown kind', '<vm carrier="x"><owner uid="u" kind="Cat"/></vm>'],
  ])('is none with %s', (_, text) => {
    expect(decodeStamp(XmlElement.parse(text))).toBeUndefined();
  });

  it('P91 carries any text without becoming other XML', () => {
    // Control characters are no XML, and a line separator is read as the end of a line.
    const text = fc
      .string({ unit: 'grapheme', maxLength: 40 })
      .filter((each) => !/[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\ufffe\uffff]/u.test(each));
    fc.assert(
      fc.property(text, text, text, (name, tag, value) => {
        const wild: DomainStamp = { ...stamp, owner: { ...anOwner, name }, tags: { [tag]: value }, aliases: {} };
        expect(decodeStamp(XmlElement.parse(encodeStamp(wild, 'qualified').toString()))).toEqual(wild);
      }),
      { numRuns: 300 },
    );
  });
});
