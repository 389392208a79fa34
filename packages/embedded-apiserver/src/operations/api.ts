import type { Registry, Served } from '../registry/registry.ts';
import type { ObjectStore } from '../storage/object-store.ts';

/** What all operations work with. */
export interface Api {
  readonly store: ObjectStore;
  readonly registry: Registry;
  /** The time, in ms since 1970. */
  readonly now: () => number;
}

/** The object that a request is about. */
export interface Target extends Served {
  /** '' for resources without namespaces. */
  readonly namespace: string;
  readonly name: string;
}

/** What clients may ask of a write. */
export interface WriteOptions {
  readonly dryRun: 'All' | 'None';
  readonly fieldValidation: 'Strict' | 'Warn' | 'Ignore';
  /** Hears what the client should be warned of. */
  readonly warn: (message: string) => void;
}

/** A time as Kubernetes writes it: whole seconds. */
export function timestamp(ms: number): string {
  return new Date(ms).toISOString().replace(/\.\d+Z$/, 'Z');
}
