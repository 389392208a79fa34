import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { parseAllDocuments } from 'yaml';
import { customResourceDefinition } from '../src/crd/custom-resource-definition.ts';
import { kinds } from '../src/descriptor.ts';
import type { KindName } from '../src/descriptor.ts';
import { aBoundMachine, anObject } from '../src/testing/objects.ts';
import { ruleRows } from '../src/testing/rule-rows.ts';
import { frozen, open, otherKinds } from '../src/testing/transition-rows.ts';
import { startEmbedded, startReal } from './servers.ts';
import type { Answer, Server } from './servers.ts';

const kindNames = Object.keys(kinds) as KindName[];
const examples = join(import.meta.dirname, '../../../examples');
const real = await startReal();

if ('why' in real) {
  describe('the CRDs on both API servers', () => {
    it('cannot be compared here, which only CI must not accept', () => {
      process.stderr.write(`the CRDs were not held against a real API server: ${real.why}\n`);
      expect(process.env['CI']).not.toBe('true');
    });
  });
} else {
  describeCrds(real);
}

function describeCrds(upstream: Server): void {
  let embedded: Server;
  let count = 0;

  beforeAll(async () => {
    embedded = await startEmbedded();
  });
  afterAll(async () => {
    await embedded.stop();
    await upstream.stop();
  });

  /** Asks both, and wants one answer: code, words and fields. @returns it, with the order of fields taken out */
  async function agree(method: string, path: string, bodies: readonly [unknown, unknown]): Promise<readonly Answer[]> {
    const answers = [await embedded.call(method, path, bodies[0]), await upstream.call(method, path, bodies[1])];
    const [ours, theirs] = answers.map(verdict);
    expect(ours).toEqual(theirs);
    return answers;
  }

  it.each(kindNames)('%s: Kubernetes takes it as it stands, and its rules are within the budget', async (kind) => {
    const made = await upstream.call('POST', crds, customResourceDefinition(kind));
    expect({ code: made.code, message: made.body.message }).toEqual({ code: 201, message: undefined });
    const name = made.body.metadata.name as string;
    const established = await eventually(async () => {
      const { body } = await upstream.call('GET', `${crds}/${name}`);
      const conditions = (body.status?.conditions ?? []) as { type: string; status: string; message: string }[];
      expect(conditions.filter(({ type, status }) => type === 'NonStructuralSchema' && status === 'True')).toEqual([]);
      return conditions.some(({ type, status }) => type === 'Established' && status === 'True');
    });
    expect(established).toBe(true);
    expect(await eventually(async () => (await upstream.call('GET', collection(kind))).code === 200)).toBe(true);
  });

  describe('both give the same verdict, in the same words', () => {
    it.each(ruleRows)('of a new $kind with $spec', async ({ kind, spec, refused }) => {
      const object = anObject(kind, spec);
      const [ours] = await agree('POST', `${collection(kind)}?dryRun=All&fieldValidation=Strict`, [object, object]);
      expect(ours?.code).toBe(refused.length === 0 ? 201 : 422);
      expect(fieldsOf(ours)).toEqual(refused);
    });

    it.each(['quickstart/quickstart.yaml', 'mock/demo.yaml', 'all-kinds/all-kinds.yaml'])(
      'of all that is in examples/%s',
      async (path) => {
        const documents = parseAllDocuments(await readFile(join(examples, path), 'utf8'));
        const objects = documents.map((document) => document.toJS() as { kind: KindName; metadata: object });
        const ofOurs = objects.filter(({ kind }) => kindNames.includes(kind));
        expect(ofOurs.length).toBeGreaterThan(0);
        for (const object of ofOurs) {
          const placed = { ...object, metadata: { ...object.metadata, namespace: 'default' } };
          const at = `${collection(object.kind)}?dryRun=All&fieldValidation=Strict`;
          const [ours] = await agree('POST', at, [placed, placed]);
          expect(ours?.code).toBe(201);
        }
      },
    );

    it.each([
      ...frozen.map((row) => ({ ...row, refused: [row.field] })),
      ...open.map((row) => ({ ...row, refused: [] as string[] })),
    ])('of a bound VirtualMachine from $before to $now', async ({ before, now, refused }) => {
      const { status } = aBoundMachine();
      const ours = await change('VirtualMachine', { before, now, status });
      expect(fieldsOf(ours)).toEqual(refused);
    });

    it.each(otherKinds)('of a $kind from $before to $now', async ({ kind, before, now, refused }) => {
      expect(fieldsOf(await change(kind, { before, now, status: undefined }))).toEqual(refused);
    });
  });

  /** Makes an object on both, gives it a status, replaces it, and takes it away again. */
  async function change(
    kind: KindName,
    states: { readonly before: object; readonly now: object; readonly status: object | undefined },
  ): Promise<Answer | undefined> {
    count += 1;
    const named = (spec: object) => {
      const object = anObject(kind, spec);
      return { ...object, metadata: { ...object.metadata, name: `it-${count}` } };
    };
    const first = named(states.before);
    let made = await agree('POST', `${collection(kind)}?fieldValidation=Strict`, [first, first]);
    const at = `${collection(kind)}/it-${count}`;
    const versions = () => made.map(({ body }) => ({ resourceVersion: body.metadata.resourceVersion as string }));
    const withVersions = (object: ReturnType<typeof named>) => {
      const [a, b] = versions().map((version) => ({ ...object, metadata: { ...object.metadata, ...version } }));
      return [a, b] as const;
    };
    if (states.status) {
      const [a, b] = withVersions(first);
      made = await agree('PUT', `${at}/status`, [
        { ...a, status: states.status },
        { ...b, status: states.status },
      ]);
      expect(made[0]?.code).toBe(200);
    }
    const [ours] = await agree('PUT', `${at}?fieldValidation=Strict`, withVersions(named(states.now)));
    await agree('DELETE', at, [undefined, undefined]);
    return ours;
  }
}

const crds = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';

function collection(kind: KindName): string {
  const { group, version, plural } = kinds[kind];
  return `/apis/${group}/${version}/namespaces/default/${plural}`;
}

/** What was decided and why, and what the object then is but for what the server sets; Kubernetes sorts causes in no order. */
function verdict({ code, body }: Answer): object {
  if (code < 400) return { code, spec: body.spec };
  const causes = (body.details?.causes ?? []) as readonly object[];
  const texts = causes.map((cause) => JSON.stringify(cause, Object.keys(cause).sort())).sort();
  return { code, reason: body.reason, causes: texts, message: texts.length > 1 ? undefined : body.message };
}

function fieldsOf(answer: Answer | undefined): readonly string[] {
  const causes = (answer?.body.details?.causes ?? []) as readonly { readonly field: string }[];
  return answer !== undefined && answer.code >= 400 ? causes.map(({ field }) => field) : [];
}

async function eventually(holds: () => Promise<boolean>, withinMs = 20_000): Promise<boolean> {
  const endMs = performance.now() + withinMs;
  while (performance.now() < endMs) if (await holds()) return true;
  return false;
}
