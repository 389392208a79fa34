import { describe, expect, it } from '@jest/globals';
import { ErrorCode } from './constants/error-code.ts';
import type { LibvirtErrorKind } from './libvirt-error.ts';
import { isLibvirtCode, LibvirtError } from './libvirt-error.ts';

const detail = { code: 42, domain: 10, level: 2, int1: 0, int2: 0 };

describe('isLibvirtCode', () => {
  it('knows what libvirtd answered', () => {
    const error = new LibvirtError({ kind: 'libvirt', outcome: 'refused', message: 'no domain', detail });
    expect(isLibvirtCode(error, ErrorCode.noDomain)).toBe(true);
    expect(isLibvirtCode(error, ErrorCode.noNetwork)).toBe(false);
  });

  it.each<LibvirtErrorKind>(['lost', 'timeout', 'aborted', 'protocol', 'unsupported'])(
    'P04 never takes %s for the absence of a domain',
    (kind) => {
      const error = new LibvirtError({ kind, outcome: 'unknown', message: 'no answer', detail });
      expect(isLibvirtCode(error, ErrorCode.noDomain)).toBe(false);
    },
  );

  it('knows no other errors', () => {
    expect(isLibvirtCode(Object.assign(new Error('no'), { kind: 'libvirt', code: 42 }), 42)).toBe(false);
  });
});
