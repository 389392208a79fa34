import type { DomainStateInfo, DomainXml } from '@virtrigaud/libvirt-client';
import { decodeStamp, STAMP_NAMESPACE, type DomainStamp } from '../identity/stamp.ts';

/** A domain as libvirt shows it: what runs, and what the next start will use. */
export interface DomainView {
  readonly live: DomainXml;
  readonly configured: DomainXml;
  readonly state: DomainStateInfo;
}

/** The stamp on a domain, whoever's it is; undefined when there is none that can be read. */
export function stampIn(domain: DomainXml): DomainStamp | undefined {
  const element = domain.findMetadata(STAMP_NAMESPACE, 'vm');
  return element && decodeStamp(element);
}

const UNITS: Readonly<Record<string, number>> = {
  b: 1,
  bytes: 1,
  KiB: 1024,
  k: 1024,
  MiB: 1024 ** 2,
  M: 1024 ** 2,
  GiB: 1024 ** 3,
  G: 1024 ** 3,
};

/** Memory that a domain has, in bytes; libvirt answers in KiB. */
export function memoryBytesOf({ root }: DomainXml): number {
  const element = root.find('currentMemory') ?? root.find('memory');
  return Number(element?.text ?? 0) * (UNITS[element?.attribute('unit') ?? 'KiB'] ?? 1024);
}

/** Processors that a domain has: those that are on, where some are not. */
export function cpusOf({ root }: DomainXml): number {
  const element = root.find('vcpu');
  return Number(element?.attribute('current') ?? element?.text ?? 0);
}
