/**
 * A storage pool and a NAT network of VirtRigaud's own, both named `virtrigaud`, for a host whose libvirt has none that may be
 * used. What is there under these names is taken as it is; nothing else is touched.
 *
 * usage: node tools/libvirt/network.js [ensure | remove]      remove refuses while the pool holds volumes
 */
import { readFileSync } from 'node:fs';
import { networkInterfaces } from 'node:os';
import { SetupError, asCommand, progress, run, tryRun, withTextFile } from './program.js';
import { definedPrefixes, freeSubnet, interfacePrefixes, routePrefixes } from './subnet.js';

const NAME = 'virtrigaud';
const URI = 'qemu:///system';

const virsh = (...args) => run('virsh', ['-q', '-c', URI, ...args]);
const lines = (text) =>
  text
    .split('\n')
    .map((line) => line.trim())
    .filter(Boolean);
const defined = (kind, ...args) => lines(virsh(`${kind}-list`, '--name', ...args));

const defineFrom = (kind, xml) => withTextFile(xml, (path) => virsh(`${kind}-define`, path));

/** A directory pool. Its folder is made with mode 0711: QEMU reaches files by name, other users see no list. */
function ensurePool(name, folder, making) {
  if (!defined('pool', '--all').includes(name)) {
    making({ kind: 'pool', name });
    progress(`defining storage pool ${name} in ${folder}`);
    defineFrom(
      'pool',
      `<pool type='dir'><name>${name}</name><target><path>${folder}</path><permissions><mode>0711</mode></permissions></target></pool>`,
    );
    virsh('pool-build', name);
  }
  if (!defined('pool').includes(name)) virsh('pool-start', name);
  virsh('pool-autostart', name);
}

function chooseSubnet() {
  const definitions = defined('net', '--all').map((name) => virsh('net-dumpxml', name));
  const used = [
    ...interfacePrefixes(networkInterfaces()),
    ...routePrefixes(readFileSync('/proc/net/route', 'utf8')),
    ...definitions.flatMap(definedPrefixes),
  ];
  const subnet = freeSubnet(used);
  if (!subnet)
    throw new SetupError(
      'no private /24 is free on this host: define a libvirt network yourself and name it virtrigaud',
    );
  return subnet;
}

/** The bridge is left to libvirt, which takes the first virbr<n> that neither an interface nor another network has. */
function networkXml(name, subnet) {
  return `<network><name>${name}</name><forward mode='nat'/><bridge stp='on' delay='0'/>
<ip address='${subnet}.1' netmask='255.255.255.0'><dhcp><range start='${subnet}.10' end='${subnet}.250'/></dhcp></ip></network>`;
}

function ensureNatNetwork(name, making) {
  if (!defined('net', '--all').includes(name)) {
    making({ kind: 'network', name });
    const subnet = chooseSubnet();
    progress(`defining network ${name} on ${subnet}.0/24`);
    defineFrom('net', networkXml(name, subnet));
  }
  if (!defined('net').includes(name)) {
    const started = tryRun('virsh', ['-q', '-c', URI, 'net-start', name]);
    if (!started.ok) {
      throw new SetupError(
        `network ${name} does not start: ${started.stderr.trim()}. It needs dnsmasq, iptables and the right to make bridges (in a container: CAP_NET_ADMIN)`,
      );
    }
  }
  virsh('net-autostart', name);
}

/** Where the pool of that name lies. */
export const poolFolder = (name = NAME) => `/var/lib/libvirt/images/${name}`;

/**
 * Makes sure that a pool and a network `name` are there and active. Idempotent.
 *
 * @param making - is told of each that is not there, before it is made.
 */
export function ensureNetwork({ name = NAME, folder = poolFolder(name), making = () => {} } = {}) {
  ensurePool(name, folder, making);
  ensureNatNetwork(name, making);
  return { pool: name, network: name };
}

/** Takes both away again. Throws SetupError, and removes nothing, while the pool holds volumes. */
export function removeNetwork({ name = NAME } = {}) {
  removePool(name);
  removeNatNetwork(name);
}

/** Takes the pool and its folder away. Throws SetupError, and removes nothing, while it holds volumes. */
export function removePool(name) {
  if (!defined('pool', '--all').includes(name)) return;
  if (defined('pool').includes(name)) tryRun('virsh', ['-q', '-c', URI, 'pool-refresh', name]);
  const volumes = defined('pool').includes(name) ? lines(virsh('vol-list', name)) : [];
  if (volumes.length > 0) {
    const named = volumes.map((line) => line.split(/\s+/)[0]).join(', ');
    throw new SetupError(`pool ${name} still holds ${named}: delete the virtual machines and images first`);
  }
  tryRun('virsh', ['-q', '-c', URI, 'pool-destroy', name]);
  tryRun('virsh', ['-q', '-c', URI, 'pool-delete', name]);
  virsh('pool-undefine', name);
}

/** Takes a network away. */
export function removeNatNetwork(name) {
  if (!defined('net', '--all').includes(name)) return;
  tryRun('virsh', ['-q', '-c', URI, 'net-destroy', name]);
  virsh('net-undefine', name);
}

asCommand(import.meta.url, ([verb = 'ensure']) => {
  if (verb === 'ensure') return ensureNetwork();
  if (verb === 'remove') return removeNetwork();
  throw new SetupError(`unknown verb ${verb}; usage: node tools/libvirt/network.js [ensure | remove]`);
});
