import { describe, expect, it } from '@jest/globals';
import { deviceAlias, deviceName, hashedAliases } from './device-alias.ts';

describe('aliases of devices', () => {
  it.each(['data', 'data-1', 'DATA_2', 'a'.repeat(48), 'a'.repeat(49), 'with space', "quote'", '../x', 'öl', ''])(
    'names the device %j in letters that libvirt takes, and back',
    (name) => {
      const alias = deviceAlias('disk', name);
      expect(alias).toMatch(/^ua-disk-[A-Za-z0-9_-]+$/);
      expect(deviceName('disk', alias, hashedAliases('disk', [name]))).toBe(name);
    },
  );

  it('keeps disks and NICs of one name apart', () => {
    expect(deviceName('nic', deviceAlias('disk', 'x'), {})).toBeUndefined();
    expect(deviceName('disk', undefined, {})).toBeUndefined();
  });
});
