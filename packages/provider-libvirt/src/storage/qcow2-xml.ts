import { volumeXml, XmlElement, type VolumeSpec } from '@virtrigaud/libvirt-client';

/** XML of a qcow2 volume of today's form: libvirt's own default is that of 2011, which cannot keep a discarded cluster as zeros. */
export function qcow2Xml(spec: Omit<VolumeSpec, 'format'>): string {
  const volume = XmlElement.parse(volumeXml({ ...spec, format: 'qcow2' }));
  volume.ensure('target').append('compat', { text: '1.1' });
  return volume.toString();
}
