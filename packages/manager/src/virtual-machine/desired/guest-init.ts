import type { GuestDataSource, VirtualMachine } from '@virtrigaud/api-types';
import type { GuestInit } from '@virtrigaud/grpc-contract/client';
import { ForbiddenSecret, type SecretAnswer } from '../../kube/secret-reader.ts';

/** Keys of a Secret that are tried, in this order, where the object names none. */
export const guestDataKeys = {
  userData: ['userdata', 'user-data', 'cloud-init', 'cloud-config', 'ignition'],
  metaData: ['metadata', 'meta-data', 'meta_data'],
} as const;

/** The data of the Secrets that a VM names, by Secret name; undefined where there is no such Secret. */
export type SecretData = Readonly<Record<string, SecretAnswer>>;

/** What the guest is told, or what is missing for it. */
export type GuestInitResult =
  { readonly ok: true; readonly guestInit: GuestInit | undefined } | { readonly ok: false; readonly missing: string };

/** The Secrets, in the VM's namespace, that its guest data comes from. */
export function guestSecretNames(vm: VirtualMachine): readonly string[] {
  const { userData, metaData } = vm.spec;
  const sources = [userData?.cloudInit, userData?.ignition, metaData?.cloudInit];
  return [...new Set(sources.flatMap((source) => source?.secretRef?.name ?? []))];
}

/**
 * Builds what the guest is told at its first boot. Without user data it is told its ids and nothing else.
 *
 * @param cloudInit - whether the provider can hand over cloud-init data at all.
 */
export function buildGuestInit(
  vm: VirtualMachine,
  secrets: SecretData,
  cloudInit: 'supported' | 'unsupported',
): GuestInitResult {
  const { userData, metaData } = vm.spec;
  if (userData?.ignition) {
    const text = textOf(userData.ignition, secrets, guestDataKeys.userData);
    if (!text.ok) return text;
    return { ok: true, guestInit: { kind: { $case: 'ignition', value: Buffer.from(text.value) } } };
  }
  if (!userData && !metaData && cloudInit === 'unsupported') return { ok: true, guestInit: undefined };
  const user = userData?.cloudInit ? textOf(userData.cloudInit, secrets, guestDataKeys.userData) : none;
  const meta = metaData ? textOf(metaData.cloudInit, secrets, guestDataKeys.metaData) : none;
  if (!user.ok) return user;
  if (!meta.ok) return meta;
  const value = {
    userData: Buffer.from(user.value),
    metaData: Buffer.from(withIds(meta.value, vm)),
    networkConfig: Buffer.alloc(0),
  };
  return { ok: true, guestInit: { kind: { $case: 'cloudInit', value } } };
}

const none = { ok: true, value: '' } as const;

function textOf(
  source: GuestDataSource,
  secrets: SecretData,
  usualKeys: readonly string[],
): { readonly ok: true; readonly value: string } | { readonly ok: false; readonly missing: string } {
  if (source.inline !== undefined) return { ok: true, value: source.inline };
  const { name, key } = source.secretRef ?? { name: '', key: undefined };
  const secret = secrets[name];
  if (!secret) return { ok: false, missing: `Secret ${name} does not exist; create it` };
  if (secret instanceof ForbiddenSecret)
    return { ok: false, missing: `Secret ${name} cannot be read: ${secret.why}; give the manager the right to get it` };
  const found = (key === undefined ? usualKeys : [key]).find((each) => secret[each] !== undefined);
  if (found === undefined) {
    const wanted = key === undefined ? `none of the keys ${usualKeys.join(', ')}` : `no key ${key}`;
    return { ok: false, missing: `Secret ${name} has ${wanted}; add it` };
  }
  return { ok: true, value: secret[found] ?? '' };
}

function withIds(metaData: string, vm: VirtualMachine): string {
  const ids = [
    ['instance-id', vm.metadata.uid ?? ''],
    ['local-hostname', vm.metadata.name],
  ] as const;
  const missing = ids.filter(([key]) => !new RegExp(`^${key}\\s*:`, 'm').test(metaData));
  const lines = missing.map(([key, value]) => `${key}: ${value}\n`).join('');
  return metaData === '' || metaData.endsWith('\n') ? metaData + lines : `${metaData}\n${lines}`;
}
