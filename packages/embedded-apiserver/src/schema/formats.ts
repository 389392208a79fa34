import { isIP, isIPv4, isIPv6 } from 'node:net';

const uuid = /^[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}$/i;
const rfc3339 = /^\d{4}-\d{2}-\d{2}[Tt ]\d{2}:\d{2}:\d{2}(\.\d+)?([Zz]|[+-]\d{2}:\d{2})$/;
const base64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;
const mac = /^(?:[0-9a-f]{2}([:-])(?:[0-9a-f]{2}\1){4}[0-9a-f]{2}|(?:[0-9a-f]{4}\.){2}[0-9a-f]{4})$/i;
const goDuration = /^[+-]?(?:0|(?:(?:\d+\.?\d*|\.\d+)(?:ns|us|µs|ms|s|m|h))+)$/;

const stringFormats: Readonly<Record<string, (value: string) => boolean>> = {
  datetime: (value) => rfc3339.test(value) && !Number.isNaN(Date.parse(value)),
  date: (value) => /^\d{4}-\d{2}-\d{2}$/.test(value) && !Number.isNaN(Date.parse(value)),
  byte: isBase64,
  ipv4: isIPv4,
  ipv6: isIPv6,
  cidr: isCidr,
  mac: (value) => mac.test(value),
  uuid: (value) => uuid.test(value),
  uri: (value) => URL.canParse(value),
  duration: (value) => goDuration.test(value),
  password: () => true,
};

/** Formats that Kubernetes enforces and this server does not: a schema that uses one is refused. */
const missing = new Set(
  'bsonobjectid email hostname uuid3 uuid4 uuid5 isbn isbn10 isbn13 creditcard ssn hexcolor rgbcolor k8sshortname k8slongname'.split(
    ' ',
  ),
);

const normalized = (format: string): string => format.replaceAll('-', '');

/** Whether Kubernetes would enforce a format of strings that this server cannot. */
export function isMissingFormat(format: string): boolean {
  return missing.has(normalized(format));
}

/** Whether a string has a format; any string has a format that Kubernetes does not know. */
export function hasFormat(value: string, format: string): boolean {
  return stringFormats[normalized(format)]?.(value) ?? true;
}

/** Whether a number fits a format. */
export function numberFits(value: number, format: string): boolean {
  if (format === 'int32') return value >= -(2 ** 31) && value < 2 ** 31;
  if (format === 'int64') return value >= -(2 ** 63) && value < 2 ** 63;
  return true;
}

/** Whether a text is base64 with padding, as Go's standard encoding wants it. */
export function isBase64(value: string): boolean {
  return base64.test(value.replace(/[\r\n]/g, ''));
}

function isCidr(value: string): boolean {
  const [address = '', prefix = ''] = value.split('/', 2);
  const version = isIP(address);
  return version !== 0 && /^\d{1,3}$/.test(prefix) && Number(prefix) <= (version === 4 ? 32 : 128);
}
