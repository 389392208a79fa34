import { describe, expect, it } from '@jest/globals';
import { parseLibvirtUri } from './uri.ts';

describe('a libvirt URI', () => {
  it.each([
    { uri: 'qemu:///system', name: 'qemu:///system', socketPath: '/run/libvirt/libvirt-sock' },
    { uri: 'test:///default', name: 'test:///default', socketPath: '/run/libvirt/libvirt-sock' },
    { uri: 'qemu+unix:///system', name: 'qemu:///system', socketPath: '/run/libvirt/libvirt-sock' },
    { uri: 'qemu:///system?socket=/tmp/a%20b', name: 'qemu:///system', socketPath: '/tmp/a b' },
    { uri: 'qemu:///session', name: 'qemu:///session', socketPath: undefined },
  ])('$uri opens $name at $socketPath', ({ uri, name, socketPath }) => {
    expect(parseLibvirtUri(uri)).toMatchObject({ name, socketPath });
  });

  it.each([
    { uri: 'qemu+ssh://host/system', why: "the transport 'ssh' is not built yet" },
    { uri: 'qemu+tls://host/system', why: "the transport 'tls' is not built yet" },
    { uri: 'qemu://host/system', why: "the host 'host' needs a network transport" },
    { uri: 'qemu:///system?no_verify=1', why: "the parameter 'no_verify' is not known" },
    { uri: 'qemu:///', why: 'it names no path' },
    { uri: '/run/libvirt/libvirt-sock', why: 'it has not the form' },
    { uri: '', why: 'it has not the form' },
  ])('$uri is refused: $why', ({ uri, why }) => {
    expect(() => parseLibvirtUri(uri)).toThrow(
      expect.objectContaining({ kind: 'unsupported', message: expect.stringContaining(why) }),
    );
  });
});
