import type { ResourceClient, WatchFrame, WatchOptions } from '../api/resource-client.ts';
import type { KubeObject } from '../api/kube-object.ts';

/** What a scripted client does when it is asked. */
export interface Script<T> {
  list?(): Promise<{ readonly items: readonly T[]; readonly resourceVersion: string }>;
  watch?(options: WatchOptions): AsyncIterable<WatchFrame<T>>;
}

/** A client of which only list and watch are there. */
export function scriptedClient<T extends KubeObject>(script: Script<T>): ResourceClient<T> {
  const unexpected = async (): Promise<never> => {
    throw new Error('The script has no such call');
  };
  return {
    descriptor: { group: 'test.io', version: 'v1', plural: 'things', kind: 'Thing', namespaced: true },
    get: unexpected,
    list: unexpected,
    create: unexpected,
    replace: unexpected,
    mergePatch: unexpected,
    delete: unexpected,
    async *pages() {
      yield await (script.list?.() ?? Promise.resolve({ items: [], resourceVersion: '1' }));
    },
    watch: (options) => script.watch?.(options) ?? until(options.signal),
  };
}

/** A watch that says nothing until it is aborted. */
export async function* until(signal: AbortSignal | undefined): AsyncGenerator<never> {
  await new Promise((_resolve, reject) => {
    signal?.addEventListener('abort', () => reject(new Error('aborted')));
  });
  yield* [];
}
