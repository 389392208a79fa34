import { GROUP, VERSION, VERSIONS } from './schema/object.ts';

/** What a client has to know of a kind to call its REST paths and to print it. */
export interface KindDescriptor<K extends string = string> {
  readonly kind: K;
  readonly listKind: string;
  readonly group: string;
  /** The version that our own programs speak. */
  readonly version: string;
  /** Every version that is served. */
  readonly versions: readonly string[];
  readonly plural: string;
  readonly singular: string;
  readonly shortNames: readonly string[];
  readonly categories: readonly string[];
  readonly namespaced: boolean;
  /** Whether there is a status subresource. */
  readonly hasStatus: boolean;
}

type Own = Pick<KindDescriptor, 'plural' | 'shortNames' | 'categories' | 'hasStatus'>;

const describe = <K extends string>(kind: K, own: Own): KindDescriptor<K> => ({
  kind,
  listKind: `${kind}List`,
  group: GROUP,
  version: VERSION,
  versions: VERSIONS,
  singular: kind.toLowerCase(),
  namespaced: true,
  ...own,
});

/** The kinds of VirtRigaud. */
export const kinds = {
  Provider: describe('Provider', {
    plural: 'providers',
    shortNames: ['prov'],
    categories: ['virtrigaud'],
    hasStatus: true,
  }),
  VirtualMachine: describe('VirtualMachine', {
    plural: 'virtualmachines',
    shortNames: ['vm'],
    categories: ['virtrigaud', 'all'],
    hasStatus: true,
  }),
  VMClass: describe('VMClass', {
    plural: 'vmclasses',
    shortNames: ['vmc'],
    categories: ['virtrigaud'],
    hasStatus: false,
  }),
  VMImage: describe('VMImage', {
    plural: 'vmimages',
    shortNames: ['vmimg'],
    categories: ['virtrigaud'],
    hasStatus: true,
  }),
  VMNetworkAttachment: describe('VMNetworkAttachment', {
    plural: 'vmnetworkattachments',
    shortNames: ['vmnet'],
    categories: ['virtrigaud'],
    hasStatus: false,
  }),
} as const;

/** The name of a kind of VirtRigaud. */
export type KindName = keyof typeof kinds;
