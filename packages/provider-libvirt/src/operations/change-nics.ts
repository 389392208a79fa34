import type { DomainXml, XmlElement } from '@virtrigaud/libvirt-client';
import { restartRequired, type NicSpec, type VmState } from '@virtrigaud/provider-sdk';
import { deviceAlias } from '../identity/device-alias.ts';
import { appendNic } from '../machine/device-xml.ts';
import type { MachinePlan, PlannedNic } from '../machine/machine-plan.ts';

/** Whether a VM's NICs are not as wanted, in their order. Pure. Throws RESTART_REQUIRED where they are not and the VM runs. */
export function nicsDiffer(wanted: readonly NicSpec[], vm: VmState): boolean {
  const has = vm.nics ?? [];
  const same =
    wanted.length === has.length &&
    wanted.every((nic, index) => {
      const now = has[index];
      return (
        now?.name === nic.name &&
        now.network === nic.network &&
        now.bridge === nic.bridge &&
        (nic.model === undefined || nic.model === now.model) &&
        (nic.mac === undefined || nic.mac.toLowerCase() === now.mac)
      );
    });
  if (!same && vm.power !== 'Off') throw restartRequired(['desired.nics']);
  return !same;
}

/** Puts the wanted NICs into a definition, in their order. One that stays keeps all that somebody else set on it, its slot too. */
export function editNics(xml: DomainXml, { nics }: MachinePlan): void {
  const before = new Map(xml.devices.findAll('interface').map((nic) => [nic.attributeAt('alias', 'name'), nic]));
  for (const nic of nics) {
    const kept = before.get(deviceAlias('nic', nic.name));
    if (kept) adapt(xml.devices.appendCopy(kept), nic);
    else appendNic(xml.devices, nic);
  }
  for (const nic of before.values()) nic.remove();
}

function adapt(element: XmlElement, nic: PlannedNic): void {
  element.setAttribute('type', nic.bridge === undefined ? 'network' : 'bridge');
  element.ensure('mac').setAttribute('address', nic.mac);
  element.ensure('source').setAttribute('network', nic.network).setAttribute('bridge', nic.bridge);
  if (nic.model !== undefined) element.ensure('model').setAttribute('type', nic.model);
}
