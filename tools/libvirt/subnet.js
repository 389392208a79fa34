/** Which /24 of private address space nothing on this host uses. */

/** Networks worth trying, the least used by homes, clouds and other tools first. */
function* candidates() {
  for (let third = 200; third < 255; third += 1) yield `192.168.${third}`;
  for (let third = 100; third < 200; third += 1) yield `10.213.${third}`;
  for (let third = 0; third < 100; third += 1) yield `172.27.${third}`;
}

const asNumber = (dotted) => dotted.split('.').reduce((sum, part) => sum * 256 + Number(part), 0);
const maskOf = (bits) => (bits === 0 ? 0 : (2 ** 32 - 2 ** (32 - bits)) >>> 0);

/** The IPv4 prefixes of `/proc/net/route`, the default route left out. */
export function routePrefixes(table) {
  return table
    .split('\n')
    .slice(1)
    .map((line) => line.split('\t'))
    .filter((fields) => fields.length > 7 && fields[7] !== '00000000')
    .map((fields) => ({ address: littleEndian(fields[1]), mask: littleEndian(fields[7]) }));
}

const littleEndian = (hex) => Buffer.from(hex, 'hex').reverse().readUInt32BE();

/** The IPv4 prefixes that interfaces carry, as `os.networkInterfaces()` reports them. */
export function interfacePrefixes(interfaces) {
  return Object.values(interfaces)
    .flat()
    .filter(({ family }) => family === 'IPv4' || family === 4)
    .map(({ address, netmask }) => ({ address: asNumber(address), mask: asNumber(netmask) }));
}

/** The IPv4 prefixes that libvirt network definitions claim, running or not. */
export function definedPrefixes(xml) {
  return [...xml.matchAll(/<ip\b[^>]*>/g)].flatMap(([tag]) => {
    const address = /\baddress=['"]([\d.]+)['"]/.exec(tag)?.[1];
    if (!address) return [];
    const netmask = /\bnetmask=['"]([\d.]+)['"]/.exec(tag)?.[1];
    const bits = /\bprefix=['"](\d+)['"]/.exec(tag)?.[1];
    return [{ address: asNumber(address), mask: netmask ? asNumber(netmask) : maskOf(Number(bits ?? 24)) }];
  });
}

/** The first three numbers of a /24 that overlaps none of `used`, or undefined when all of them are taken. */
export function freeSubnet(used) {
  const overlaps = (subnet) =>
    used.some(({ address, mask }) => {
      const common = (mask & maskOf(24)) >>> 0;
      return (asNumber(`${subnet}.0`) & common) >>> 0 === (address & common) >>> 0;
    });
  for (const subnet of candidates()) if (!overlaps(subnet)) return subnet;
  return undefined;
}
