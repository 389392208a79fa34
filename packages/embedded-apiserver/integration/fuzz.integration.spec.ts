import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { TestAnswer } from '../src/testing/api-client.ts';
import { startServer, widget, widgets } from './with-server.ts';
import type { Running } from './with-server.ts';

const merge = 'application/merge-patch+json';
const json = 'application/json';
const yaml = 'application/yaml';
const protobuf = 'application/vnd.kubernetes.protobuf';
const jsonPatch = 'application/json-patch+json';

/** JSON that is nearly an object of the kind, with anything in any place. */
const anyJson = fc.jsonValue({ maxDepth: 4 });
const nearlyWidget = fc.record(
  {
    apiVersion: fc.oneof(fc.constant('test.io/v1'), anyJson),
    kind: fc.oneof(fc.constant('Widget'), anyJson),
    metadata: fc.oneof(
      fc.record(
        {
          name: fc.oneof(fc.constant('fuzzed'), fc.string({ unit: 'binary', maxLength: 20 }), anyJson),
          generateName: fc.oneof(fc.constant('fuzzed-'), anyJson),
          labels: fc.oneof(fc.dictionary(fc.string(), fc.string()), anyJson),
          annotations: anyJson,
          finalizers: anyJson,
          ownerReferences: anyJson,
          resourceVersion: anyJson,
          uid: anyJson,
        },
        { requiredKeys: [] },
      ),
      anyJson,
    ),
    spec: fc.oneof(
      fc.record(
        {
          size: fc.oneof(fc.integer(), anyJson),
          color: anyJson,
          free: anyJson,
          parts: anyJson,
          tags: anyJson,
          port: anyJson,
        },
        { requiredKeys: [] },
      ),
      anyJson,
    ),
    status: anyJson,
  },
  { requiredKeys: [] },
);

const pointer = fc
  .array(fc.constantFrom('spec', 'metadata', 'tags', '-', '0', '99', '', '__proto__', '~1', 'size'), { maxLength: 4 })
  .map((tokens) => tokens.map((token) => `/${token}`).join(''));
const operations = fc.array(
  fc.record(
    {
      op: fc.constantFrom('add', 'remove', 'replace', 'move', 'copy', 'test', 'other'),
      path: fc.oneof(pointer, fc.string()),
      from: pointer,
      value: anyJson,
    },
    { requiredKeys: ['op', 'path'] },
  ),
  { maxLength: 6 },
);

/** YAML that means trouble to parsers. */
const evilYaml = [
  `a: &a [${'x,'.repeat(50)}]\nb: &b [${'*a,'.repeat(50)}]\nc: &c [${'*b,'.repeat(50)}]\nd: &d [${'*c,'.repeat(50)}]\ne: [${'*d,'.repeat(50)}]`,
  '['.repeat(20_000),
  `${'- '.repeat(5_000)}a`,
  '{a: !!js/function "function(){}"}',
  'a: &a {b: *a}',
  '? {a: b}\n: c',
  '%YAML 9.9\n---\na: b',
  '--- a\n--- b\n',
  '\u0000',
  '*unknown',
  '"\\x',
  'a: b\na: c',
];

describe('an API server that is sent anything', () => {
  let running: Running;
  beforeAll(async () => {
    running = await startServer();
    await running.client.create(widgets, widget('target'));
  });

  /** Refused or done, in words: never a failure of the server's own. */
  function check({ code, body }: TestAnswer): void {
    expect({ code, message: body.message }).toEqual({ code: expect.any(Number), message: body.message });
    expect(code).toBeLessThan(500);
    if (code >= 400) expect(body).toMatchObject({ kind: 'Status', message: expect.stringMatching(/./), code });
  }

  afterAll(async () => {
    expect((await running.client.get('/readyz')).code).toBe(200);
    await running.stop();
  });

  const post = (type: string, body: string) =>
    running.client.send(`${widgets}?dryRun=All`, { method: 'POST', body, headers: { 'content-type': type } });

  it('answers nearly-objects in words, as new objects, replacements and patches', async () => {
    await fc.assert(
      fc.asyncProperty(nearlyWidget, fc.constantFrom('Strict', 'Warn', 'Ignore'), async (object, validation) => {
        const query = `dryRun=All&fieldValidation=${validation}`;
        check(await running.client.create(`${widgets}?${query}`, object));
        check(await running.client.replace(`${widgets}/target?${query}`, object));
        check(await running.client.patch(`${widgets}/target?${query}`, object, merge));
        check(await running.client.patch(`${widgets}/target/status?${query}`, object, merge));
        check(await running.client.remove(`${widgets}/nothing`, object));
      }),
      { numRuns: 150 },
    );
  });

  it('answers JSON patches in words', async () => {
    await fc.assert(
      fc.asyncProperty(fc.oneof(operations, anyJson), async (patch) => {
        check(await running.client.patch(`${widgets}/target?dryRun=All`, JSON.stringify(patch), jsonPatch));
      }),
      { numRuns: 250 },
    );
  });

  it('answers texts and bytes of every media type in words', async () => {
    const text = fc.oneof(fc.string({ unit: 'binary', maxLength: 200 }), fc.json(), fc.constantFrom(...evilYaml));
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(json, yaml, protobuf, merge, 'x/y'), text, async (type, body) => {
        check(await post(type, body));
      }),
      { numRuns: 250 },
    );
  });

  it.each(evilYaml.map((text, index) => [index, text] as const))('survives evil YAML %#', async (_index, text) => {
    check(await post(yaml, text));
  });

  it('answers protobuf envelopes with any content in words', async () => {
    const magic = Buffer.from([0x6b, 0x38, 0x73, 0x00]);
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 120 }), async (bytes) => {
        const body = Buffer.concat([magic, Buffer.from(bytes)]).toString('latin1');
        check(await post(protobuf, body));
      }),
      { numRuns: 150 },
    );
  });

  it('answers selectors and queries in words', async () => {
    const value = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 40 }),
      fc.constantFrom(
        'a in (b',
        'a notin (),!c',
        '==',
        ',,',
        '!',
        'metadata.name=',
        'a=b,a=c',
        '-1',
        '1e9',
        'NaN',
        '9'.repeat(40),
      ),
    );
    const names = [
      'labelSelector',
      'fieldSelector',
      'limit',
      'continue',
      'resourceVersion',
      'resourceVersionMatch',
      'dryRun',
    ];
    await fc.assert(
      fc.asyncProperty(fc.dictionary(fc.constantFrom(...names), value), async (query) => {
        check(await running.client.get(`${widgets}?${new URLSearchParams(query).toString()}`));
      }),
      { numRuns: 250 },
    );
  });

  it('refuses JSON that is nested beyond reason, and stays as it was', async () => {
    for (const depth of [490, 1_000, 100_000]) {
      check(await post(json, `{"spec":{"size":1,"free":${'{"a":'.repeat(depth)}1${'}'.repeat(depth)}}}`));
      const lists = await post(
        json,
        `{"metadata":{"name":"deep"},"spec":{"size":1,"free":{"a":${'['.repeat(depth)}${']'.repeat(depth)}}}}`,
      );
      check(lists);
      expect(lists.code).toBe(depth < 500 ? 201 : 400);
    }
  });
});
