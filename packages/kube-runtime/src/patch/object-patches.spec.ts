import { beforeEach, describe, expect, it } from '@jest/globals';
import { isConflict } from '../api/api-error.ts';
import type { KubeObject } from '../api/kube-object.ts';
import { objectKey } from '../api/kube-object.ts';
import { resource } from '../api/resource.ts';
import type { ResourceClient } from '../api/resource-client.ts';
import { MemoryTransport } from '../testing/memory-transport.ts';
import { addFinalizer, patchStatusIfChanged, removeFinalizer } from './object-patches.ts';

interface Thing extends KubeObject {
  readonly spec: { readonly size: number };
  readonly status?: { readonly phase?: string; readonly size?: number };
}

describe('patches of objects', () => {
  let server: MemoryTransport;
  let client: ResourceClient<Thing>;
  let thing: Thing;

  beforeEach(async () => {
    server = new MemoryTransport();
    const descriptor = { group: 'test.io', version: 'v1', plural: 'things', kind: 'Thing', namespaced: true };
    client = resource<Thing>(server, descriptor);
    const metadata = { namespace: 'ns', name: 'a', finalizers: ['other/one'] };
    thing = await client.create({ apiVersion: 'test.io/v1', kind: 'Thing', metadata, spec: { size: 1 } });
  });

  it('adds a finalizer beside those of others, once', async () => {
    const patched = await addFinalizer(client, thing, { finalizer: 'our/own' });
    expect(patched.metadata.finalizers).toEqual(['other/one', 'our/own']);
    expect(server.requests.at(-1)?.body).toEqual({
      metadata: { finalizers: ['other/one', 'our/own'], uid: thing.metadata.uid, resourceVersion: '1' },
    });
    await expect(addFinalizer(client, patched, { finalizer: 'our/own' })).resolves.toBe(patched);
    expect(server.count('PATCH')).toBe(1);
  });

  it('removes its own finalizer and no other', async () => {
    const held = await addFinalizer(client, thing, { finalizer: 'our/own' });
    const freed = await removeFinalizer(client, held, { finalizer: 'our/own' });
    expect(freed.metadata.finalizers).toEqual(['other/one']);
    await expect(removeFinalizer(client, freed, { finalizer: 'our/own' })).resolves.toBe(freed);
    expect(server.count('PATCH')).toBe(2);
  });

  it('does not overwrite a list of finalizers that has changed since', async () => {
    await addFinalizer(client, thing, { finalizer: 'third/one' });
    const late = addFinalizer(client, thing, { finalizer: 'our/own' });
    expect(isConflict(await late.catch((error: unknown) => error))).toBe(true);
  });

  it('P24 writes a status that differs, only what differs, and nothing if nothing does', async () => {
    const first = await patchStatusIfChanged(client, thing, { status: { phase: 'Ready', size: 1 } });
    const last = server.requests.at(-1);
    expect(last?.path).toBe('/apis/test.io/v1/namespaces/ns/things/a/status');
    const second = await patchStatusIfChanged(client, first, { status: { phase: 'Ready' } });
    expect(server.requests.at(-1)?.body).toMatchObject({ status: { size: null } });
    expect(second.status).toEqual({ phase: 'Ready' });
    await expect(patchStatusIfChanged(client, second, { status: { phase: 'Ready' } })).resolves.toBe(second);
    expect(server.count('PATCH')).toBe(2);
  });

  it('P37 reports a status that could not be written', async () => {
    await client.mergePatch(objectKey(thing.metadata), { spec: { size: 2 } });
    const late = patchStatusIfChanged(client, thing, { status: { phase: 'Ready' } });
    await expect(late).rejects.toMatchObject({ status: 409 });
  });
});
