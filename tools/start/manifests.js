import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { fileURLToPath } from 'node:url';

const example = (folder, file) =>
  readFileSync(fileURLToPath(new URL(`../../examples/${folder}/${file}`, import.meta.url)), 'utf8');

/**
 * The example of a real machine, filled in: its name, where its image is, and `qemu` where KVM runs no guests.
 *
 * @param {{ name: string, pool: string, imagePath: string, virtType: 'kvm' | 'qemu' }} facts
 * @returns {string} YAML
 */
export function quickstart({ name, pool, imagePath, virtType }) {
  return example('quickstart', 'quickstart.yaml')
    .replaceAll('hello', name)
    .replace('/var/lib/libvirt/images/virtrigaud/tiny.qcow2', imagePath)
    .replace('datastore: virtrigaud', `datastore: ${pool}`)
    .replace('network: virtrigaud', `network: ${pool}`)
    .replaceAll('name: tiny', `name: ${basename(imagePath, '.qcow2')}`)
    .replace('libvirt.virtType: kvm', `libvirt.virtType: ${virtType}`);
}

/**
 * The same on the mock hypervisor.
 *
 * @param {{ name: string, directory: string }} facts
 * @returns {string} YAML
 */
export function mock({ name, directory }) {
  return example('mock', 'demo.yaml')
    .replaceAll('demo', name)
    .replace('mock://local', `mock://${encodeURI(directory)}`);
}
