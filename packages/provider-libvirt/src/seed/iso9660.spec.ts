import { describe, expect, it } from '@jest/globals';
import { cloudInitSeed } from './cloud-init-seed.ts';
import { writeIso9660 } from './iso9660.ts';

const createdAt = new Date('2026-01-02T03:04:05Z');
const bytes = (text: string) => Buffer.from(text);
const owner = {
  clusterId: 'c',
  namespace: 'default',
  name: 'web',
  uid: '3f2c9f0e-3f0a-4d0e-9d3a-2f6d7c1b5a42',
  kind: 'VirtualMachine',
} as const;

describe('writeIso9660', () => {
  it('bears its label where readers look for it', () => {
    const image = Buffer.from(writeIso9660({ label: 'CIDATA', files: [], createdAt }));
    expect(image.toString('latin1', 32_769, 32_774)).toBe('CD001');
    expect(image.toString('latin1', 32_808, 32_814)).toBe('CIDATA');
  });

  it('says in the descriptor how many sectors there are', () => {
    const files = [
      { name: 'a', content: Buffer.alloc(5000) },
      { name: 'b', content: bytes('') },
    ];
    const image = Buffer.from(writeIso9660({ label: 'X', files, createdAt }));
    expect(image.readUInt32LE(32_768 + 80) * 2048).toBe(image.length);
    expect(image.readUInt32BE(32_768 + 84) * 2048).toBe(image.length);
  });

  it('gives the same bytes for the same input, in whatever order the files come', () => {
    const files = [
      { name: 'a', content: bytes('1') },
      { name: 'b', content: bytes('2') },
    ];
    const one = writeIso9660({ label: 'X', files, createdAt });
    expect(Buffer.compare(one, writeIso9660({ label: 'X', files: [...files].reverse(), createdAt }))).toBe(0);
  });

  it('P91 refuses a name that is no file name', () => {
    const files = [{ name: '../../etc/passwd', content: bytes('') }];
    expect(() => writeIso9660({ label: 'X', files, createdAt })).toThrow('no file name');
  });
});

describe('cloudInitSeed', () => {
  it('P90 holds nothing but the ids when there is no user data', () => {
    const text = Buffer.from(cloudInitSeed({ owner, guestInit: undefined })).toString('latin1');
    expect(text).toContain(`instance-id: ${owner.uid}\nlocal-hostname: web\n`);
    expect(text).not.toMatch(/ssh|sudo|password/i);
  });

  it('holds what a person gave, to the byte', () => {
    const userData = bytes('#cloud-config\npackages: [qemu-guest-agent]\n');
    const networkConfig = bytes('version: 2\n');
    const seed = Buffer.from(
      cloudInitSeed({ owner, guestInit: { kind: 'CloudInit', userData, metaData: new Uint8Array(), networkConfig } }),
    );
    expect(seed.includes(userData)).toBe(true);
    expect(seed.includes(networkConfig)).toBe(true);
  });
});
