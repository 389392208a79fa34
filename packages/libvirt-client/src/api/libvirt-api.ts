import type { DomainApi } from './domain-api.ts';
import type { NetworkApi } from './network-api.ts';
import type { NodeApi } from './node-api.ts';
import type { SnapshotApi } from './snapshot-api.ts';
import type { StorageApi } from './storage-api.ts';

/** Every call that this client knows; a connection and a session both have it. */
export interface LibvirtApi extends DomainApi, StorageApi, NetworkApi, NodeApi, SnapshotApi {}
