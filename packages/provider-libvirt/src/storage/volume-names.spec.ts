import { describe, expect, it } from '@jest/globals';
import {
  diskVolumeName,
  imageVolumeName,
  markerNameOf,
  ownerUidOfVolume,
  rootVolumeName,
  seedVolumeName,
} from './volume-names.ts';

const uid = '3f2c9f0e-3f0a-4d0e-9d3a-2f6d7c1b5a42';

describe('names of volumes', () => {
  it.each([rootVolumeName(uid), seedVolumeName(uid), diskVolumeName(uid, 'data'), diskVolumeName(uid, '../../etc')])(
    'says of %s and its marker whose they are',
    (name) => {
      expect(name).toMatch(/^[\w.-]+$/);
      expect(ownerUidOfVolume(name)).toBe(uid);
      expect(ownerUidOfVolume(markerNameOf(name))).toBe(uid);
    },
  );

  it.each([
    ['an image', imageVolumeName(uid)],
    ["a person's file", 'debian.qcow2'],
    ['a name that only begins like ours', `vr-${uid}-backup.tar`],
    ['a name that only holds ours', `my-vr-${uid}-root.qcow2`],
    ['no uid', 'vr-x-root.qcow2'],
  ])('P80 is of no VM: %s', (_, name) => {
    expect(ownerUidOfVolume(name)).toBeUndefined();
  });

  it('tells disks of different names apart', () => {
    expect(diskVolumeName(uid, 'a/b')).not.toBe(diskVolumeName(uid, 'a_b'));
  });
});
