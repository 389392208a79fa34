import { afterEach, describe, expect, it } from '@jest/globals';
import { widgetCrd } from '../src/testing/widget-crd.ts';
import { startServer, temporaryDirectory, widget, widgets } from './with-server.ts';
import type { Running } from './with-server.ts';

const cleanups: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

async function serve(stateDir: string, crd: string): Promise<Running> {
  const running = await startServer({ stateDir, crds: [crd] });
  cleanups.push(running.stop);
  return running;
}

async function stateDirectory(): Promise<string> {
  const directory = await temporaryDirectory();
  cleanups.push(directory.remove);
  return directory.path;
}

describe('a schema that changed between two starts', () => {
  it('completes the objects of before, and does not freeze those it now finds wrong', async () => {
    const stateDir = await stateDirectory();
    const first = await serve(stateDir, widgetCrd);
    await first.client.create(widgets, widget('old', { size: 50, note: 'hi' }));
    await first.stop();
    const stricter = widgetCrd
      .replaceAll('maximum: 100', 'maximum: 10')
      .replaceAll(
        'note: {type: string, maxLength',
        'shape: {type: string, default: round}\n              memo: {type: string, maxLength',
      );
    const second = await serve(stateDir, stricter);
    const { body } = await second.client.get(`${widgets}/old`);
    expect(body.spec).toEqual({ size: 50, color: 'red', shape: 'round' });
    expect((await second.client.patch(`${widgets}/old`, { metadata: { finalizers: ['test.io/x'] } })).code).toBe(200);
    expect((await second.client.patch(`${widgets}/old`, { spec: { memo: 'b' } })).code).toBe(200);
    expect((await second.client.patch(`${widgets}/old`, { spec: { size: 51 } })).code).toBe(422);
  });

  it('keeps objects of a kind that is not given for the time when it is given again', async () => {
    const stateDir = await stateDirectory();
    const first = await serve(stateDir, widgetCrd);
    const { body: made } = await first.client.create(widgets, widget('kept'));
    await first.stop();
    const gadgets = widgetCrd.replaceAll('widget', 'gadget').replaceAll('Widget', 'Gadget');
    const second = await serve(stateDir, gadgets);
    expect((await second.client.get(`${widgets}/kept`)).code).toBe(404);
    await second.stop();
    const third = await serve(stateDir, widgetCrd);
    expect((await third.client.get(`${widgets}/kept`)).body.metadata.uid).toBe(made.metadata.uid);
  });
});

describe('versions whose schemas differ', () => {
  it('show each what it knows', async () => {
    const [before = '', after = ''] = widgetCrd.split('    schema: *schema');
    const simple =
      '    schema: {openAPIV3Schema: {type: object, properties: {spec: {type: object, properties: {size: {type: integer}, extra: {type: string, default: x}}}}}}';
    const { client } = await serve(await stateDirectory(), `${before}${simple}${after}`);
    await client.create(widgets, widget('two-faced', { note: 'hi' }));
    const alpha = '/apis/test.io/v1alpha1/namespaces/default/widgets';
    expect((await client.get(`${alpha}/two-faced`)).body.spec).toEqual({ size: 3, extra: 'x' });
    expect((await client.get(`${widgets}/two-faced`)).body.spec).toEqual({ size: 3, color: 'red', note: 'hi' });
  });
});

describe('Events', () => {
  it('go when their time is over', async () => {
    const running = await startServer({ tuning: { eventLifetimeMs: 50 } });
    cleanups.push(running.stop);
    const events = '/api/v1/namespaces/default/events';
    const watch = await running.client.watch(`${events}?watch=1`);
    const involvedObject = { kind: 'Widget', namespace: 'default', name: 'w' };
    const { code } = await running.client.create(events, { metadata: { name: 'e' }, involvedObject });
    expect(code).toBe(201);
    expect((await watch.take(2)).map((event) => event.type)).toEqual(['ADDED', 'DELETED']);
  });
});
