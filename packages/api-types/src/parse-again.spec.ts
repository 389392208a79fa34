import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { parseVirtualMachineAgain } from './parse-again.ts';
import { parseVirtualMachine } from './parse.ts';
import { anObject } from './testing/objects.ts';

const condition = (type: string, status: string) => ({
  type,
  status,
  observedGeneration: 1,
  lastTransitionTime: '2026-01-01T00:00:00Z',
  reason: 'Settled',
  message: 'is as wanted',
});
const object = anObject('VirtualMachine');
const base = {
  ...object,
  metadata: { ...object.metadata, uid: 'u', resourceVersion: '1', labels: { a: 'b' }, ownerReferences: [{ uid: 'o' }] },
  status: {
    observedGeneration: 1,
    phase: 'Running',
    conditions: [condition('Ready', 'True'), condition('Provisioned', 'True')],
    resources: { cpu: 2, memory: '2Gi', unknown: 1 },
    ips: ['10.0.0.1'],
    fromTheFuture: { a: 1 },
  },
};

/** As another answer of the API server brings it. */
function copyOf<T>(value: T): T {
  return JSON.parse(JSON.stringify(value)) as T;
}

function earlierOf(raw: object) {
  const parsed = parseVirtualMachine(raw);
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.issues));
  return { raw, value: parsed.value };
}

/** What may be said in the place of each member; the last ones are wrong. */
const choices = {
  metadata: {
    name: ['other', undefined, 7],
    resourceVersion: ['2', undefined, 3],
    labels: [{ a: 'c' }, {}, undefined, { a: 1 }],
    annotations: [{ x: 'y' }, 'no'],
    finalizers: [['f'], [], [1]],
    ownerReferences: [[], 'anything'],
  },
  status: {
    phase: ['Stopped', undefined, 'Sideways'],
    conditions: [
      [condition('Ready', 'False'), condition('Provisioned', 'True')],
      [],
      undefined,
      [condition('Ready', 'True'), condition('Ready', 'True')],
      [condition('Ready', 'Perhaps')],
    ],
    resources: [{ cpu: 4 }, undefined, { cpu: -1 }],
    ips: [['10.0.0.2'], undefined, ['a', 'a']],
    task: [
      { id: 't', progressPercent: 10 },
      { id: 't', progressPercent: 101 },
    ],
    fromTheFuture: [undefined, 1],
  },
  spec: {
    powerState: ['Off', undefined, 'Sideways'],
    resources: [
      { cpu: 4, memory: '4Gi' },
      { cpu: 4, memory: '4Gi', memoryMiB: 1 },
    ],
    unknown: [1],
  },
};
type Part = keyof typeof choices;

const change = fc
  .constantFrom<Part>('metadata', 'status', 'spec')
  .chain((part) =>
    fc
      .constantFrom(...Object.entries<readonly unknown[]>(choices[part]))
      .chain(([member, values]) =>
        fc.record({ part: fc.constant(part), member: fc.constant(member), value: fc.constantFrom(...values) }),
      ),
  );
const whole = fc.constantFrom<object>(
  { status: undefined },
  { status: [] },
  { metadata: 'no' },
  { kind: 'Provider' },
  { apiVersion: 'infra.virtrigaud.io/v1alpha1' },
  {},
);

describe('parseVirtualMachineAgain', () => {
  it('answers the same as if nothing was known, to the last issue', () => {
    fc.assert(
      fc.property(fc.array(change, { maxLength: 4 }), whole, (changes, more) => {
        const next: Record<string, unknown> = copyOf(base);
        for (const { part, member, value } of changes) (next[part] as Record<string, unknown>)[member] = value;
        const object = copyOf({ ...next, ...more });
        const again = parseVirtualMachineAgain(object, earlierOf(base));
        expect(again).toEqual(parseVirtualMachine(object));
      }),
      { seed: 20260, numRuns: 2_000 },
    );
  });

  it('knows what was known of nothing: a status that comes later', () => {
    const { status, ...before } = base;
    expect(parseVirtualMachineAgain({ ...before, status }, earlierOf(before))).toEqual(parseVirtualMachine(base));
  });

  it('answers the very same spec while that says the same', () => {
    const earlier = earlierOf(base);
    const again = parseVirtualMachineAgain(copyOf({ ...base, status: { phase: 'Stopped' } }), earlier);
    expect(again.ok && again.value.spec).toBe(earlier.value.spec);
  });

  it('takes no member for the prototype', () => {
    const odd = JSON.parse('{"__proto__":{"finalizers":["f"]},"name":"web"}') as object;
    const again = parseVirtualMachineAgain({ ...base, metadata: odd }, earlierOf(base));
    expect(again.ok && again.value.metadata.finalizers).toBeUndefined();
  });
});
