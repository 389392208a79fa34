import { describe, expect, it } from '@jest/globals';
import { macAddressOf } from './mac-address.ts';

describe('macAddressOf', () => {
  const uid = '3f2c9f0e-3f0a-4d0e-9d3a-2f6d7c1b5a42';

  it('is stable, whatever the case of the uid', () => {
    expect(macAddressOf(uid, 'app')).toBe(macAddressOf(uid.toUpperCase(), 'app'));
    expect(macAddressOf(uid, 'app')).toMatch(/^52:54:00(:[0-9a-f]{2}){3}$/);
  });

  it('differs by NIC and by VM', () => {
    const macs = [macAddressOf(uid, 'app'), macAddressOf(uid, 'backup'), macAddressOf(uid.replace('3f', '40'), 'app')];
    expect(new Set(macs).size).toBe(3);
  });
});
