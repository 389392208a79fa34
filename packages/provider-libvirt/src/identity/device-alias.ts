import { createHash } from 'node:crypto';

/** What a device of ours is; its name within the VM is a second part. */
export type DeviceKind = 'disk' | 'nic';

/** Alias of the disk that the VM boots from. */
export const ROOT_ALIAS = 'ua-root';
/** Alias of the CD-ROM with the seed. */
export const SEED_ALIAS = 'ua-seed';

/** What libvirt takes in an alias beside its prefix, cut so that nothing is too long. */
const LEGAL = /^[A-Za-z0-9_-]{1,48}$/;

/** The alias that says which device of the spec this is. A name that is not legal in one is hashed. */
export function deviceAlias(kind: DeviceKind, name: string): string {
  const part = LEGAL.test(name) ? name : `h_${createHash('sha256').update(name).digest('hex').slice(0, 24)}`;
  return `ua-${kind}-${part}`;
}

/** The name behind an alias, `undefined` for a device that is not ours. `hashed` holds the names that hashes stand for. */
export function deviceName(
  kind: DeviceKind,
  alias: string | undefined,
  hashed: Readonly<Record<string, string>>,
): string | undefined {
  const prefix = `ua-${kind}-`;
  if (!alias?.startsWith(prefix)) return undefined;
  return hashed[alias] ?? alias.slice(prefix.length);
}

/** Aliases that cannot be read back, for the stamp: alias to name. */
export function hashedAliases(kind: DeviceKind, names: readonly string[]): Record<string, string> {
  return Object.fromEntries(names.filter((name) => !LEGAL.test(name)).map((name) => [deviceAlias(kind, name), name]));
}
