import type { Parsed } from '@virtrigaud/api-types';
import { objectKey, type Informer } from '@virtrigaud/kube-runtime';
import type { Lookup } from '../virtual-machine/resolve-wanted.ts';
import type { RawObject } from './resources.ts';

/** Looks objects up in a store and parses each once; what does not parse counts as not there. */
export function parsedLookup<T>(informer: Informer<RawObject>, parse: (raw: unknown) => Parsed<T>): Lookup<T> {
  const cache = new WeakMap<RawObject, Parsed<T>>();
  return (namespace, name) => {
    const raw = informer.store.get(objectKey({ namespace, name }));
    if (!raw) return undefined;
    const parsed = cache.get(raw) ?? parse(raw);
    cache.set(raw, parsed);
    return parsed.ok ? parsed.value : undefined;
  };
}
