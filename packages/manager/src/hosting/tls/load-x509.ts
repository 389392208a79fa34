import type * as x509 from '@peculiar/x509';

type Metadata = Map<unknown, unknown>;

interface ReflectWithMetadata {
  getMetadata?: (key: unknown, target: object) => unknown;
  getOwnMetadata?: (key: unknown, target: object) => unknown;
  defineMetadata?: (key: unknown, value: unknown, target: object) => void;
}

/**
 * Loads `@peculiar/x509`. Its container refuses to load without the metadata half of `Reflect`, an abandoned proposal that no engine
 * has; the functions that it calls are provided unless someone already did.
 */
export async function loadX509(): Promise<typeof x509> {
  provideReflectMetadata(Reflect as ReflectWithMetadata);
  return import('@peculiar/x509');
}

function provideReflectMetadata(reflect: ReflectWithMetadata): void {
  if (reflect.getMetadata) return;
  const known = new WeakMap<object, Metadata>();
  reflect.getMetadata = (key, target) => known.get(target)?.get(key);
  reflect.getOwnMetadata = reflect.getMetadata;
  reflect.defineMetadata = (key, value, target) => {
    const metadata = known.get(target) ?? new Map<unknown, unknown>();
    known.set(target, metadata.set(key, value));
  };
}
