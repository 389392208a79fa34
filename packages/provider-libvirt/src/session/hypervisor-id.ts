import { ErrorCode, isLibvirtCode, XmlElement, type LibvirtApi } from '@virtrigaud/libvirt-client';

/** Name of a network definition that is never started: its UUID is the identity of what is behind the endpoint. */
const NETWORK = 'virtrigaud-id';

/**
 * A stable identity of this libvirt. Its own host UUID is none: without SMBIOS it changes with each start of the daemon, and cheap
 * boards share one. Two providers that ask at once agree: the second definition of a name without a UUID is refused.
 */
export async function hypervisorIdOf(libvirt: LibvirtApi): Promise<string> {
  const known = await lookup(libvirt);
  if (known !== undefined) return known;
  try {
    const network = XmlElement.create('network');
    network.append('name', { text: NETWORK });
    return (await libvirt.networkDefineXml(network.toString())).uuid;
  } catch (error) {
    const other = await lookup(libvirt);
    if (other !== undefined) return other;
    throw error;
  }
}

async function lookup(libvirt: LibvirtApi): Promise<string | undefined> {
  try {
    return (await libvirt.networkLookupByName(NETWORK)).uuid;
  } catch (error) {
    if (isLibvirtCode(error, ErrorCode.noNetwork)) return undefined;
    throw error;
  }
}
