import { LibvirtError, parseLibvirtUri } from '@virtrigaud/libvirt-client';
import { invalidField } from '@virtrigaud/provider-sdk';

/** Drivers whose domains this provider can make. */
const DRIVERS = ['qemu', 'test'];

/** Checks `spec.endpoint` and answers it. Throws InvalidArgument saying what it has to look like. */
export function checkEndpoint(endpoint: string): string {
  const uri = read(endpoint);
  if (!DRIVERS.includes(uri.driver)) {
    throw invalidField(
      'spec.endpoint',
      `${endpoint} is a libvirt of driver ${uri.driver}: this provider takes qemu:///system`,
    );
  }
  return endpoint;
}

function read(endpoint: string) {
  try {
    return parseLibvirtUri(endpoint);
  } catch (error) {
    if (error instanceof LibvirtError) throw invalidField('spec.endpoint', error.message);
    throw error;
  }
}
