import { z } from 'zod';

/** Text of a pattern; the shortest length is the pattern's business, so that a bad value is one finding. */
const matching = (maxLength: number, pattern: RegExp) => z.string().max(maxLength).regex(pattern);

/** A memory or disk size in whole mebi-, gibi- or tebibytes: `512Mi`, `4Gi`. */
export const size = () => matching(9, /^[1-9][0-9]{0,6}(Mi|Gi|Ti)$/);

/** A span of time: `90s`, `1h30m`, `500ms`. */
export const duration = () => matching(16, /^([0-9]+(ms|s|m|h))+$/);

/** Text of at least one character. */
export const text = (maxLength: number) => z.string().min(1).max(maxLength);

/** A DNS label: lower-case letters, digits and dashes, at most 63. */
export const dnsLabel = () => matching(63, /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/);

/** A Kubernetes object's name: a DNS subdomain, at most 253. */
export const objectName = () => matching(253, /^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/);

/** An integer with both bounds. */
export const integer = (min: number, max: number) => z.int().min(min).max(max);

const IPV4 = '((25[0-5]|2[0-4][0-9]|1?[0-9]?[0-9])\\.){3}(25[0-5]|2[0-4][0-9]|1?[0-9]?[0-9])';
const IPV6 = '[0-9a-fA-F]{0,4}:[0-9a-fA-F:]*:[0-9a-fA-F:.]*';

/** An IPv4 or IPv6 address. */
export const ipAddress = () => matching(45, new RegExp(`^(${IPV4}|${IPV6})$`));

/** An IPv4 or IPv6 address, with or without its prefix length: `10.0.0.2`, `10.0.0.2/24`. */
export const ipAddressOrCidr = () => matching(49, new RegExp(`^(${IPV4}|${IPV6})(/[0-9]{1,3})?$`));

/** The hardware address of one network card (unicast): `52:54:00:12:34:56`. */
export const macAddress = () => matching(17, /^[0-9a-fA-F][02468aceACE](:[0-9a-fA-F]{2}){5}$/);

/** What was observed: bounded, but the hypervisor's word is not judged. */
export const observedText = (maxLength = 255) => z.string().max(maxLength);

/** An RFC 3339 time, as Kubernetes writes it. */
export const timestamp = () => z.string().max(40);
