import { describe, expect, it } from '@jest/globals';
import { Annotation } from '@virtrigaud/api-types';
import { Code } from '@virtrigaud/grpc-contract/client';
import { aFailure, aTask, now } from '../testing/builders.ts';
import { imageObject } from '../testing/objects.ts';
import { imageRefOf } from '../virtual-machine/desired/boot-source.ts';
import type { CopyMemory, ObservedCopy, ObservedImage } from './observed.ts';
import { ImageMemory } from './observe.ts';
import { planCopy } from './plan.ts';
import { projectImageStatus } from './status.ts';

function observed(
  copy: Partial<ObservedCopy> = {},
  memory: Partial<CopyMemory> = {},
  image = imageObject(),
): ObservedImage {
  const remembered: CopyMemory = {
    answer: undefined,
    taskId: undefined,
    lookedFor: undefined,
    failure: undefined,
    ...memory,
  };
  const whole: ObservedCopy = {
    namespace: 'shop',
    name: 'lab',
    type: 'mock',
    unavailable: undefined,
    source: imageRefOf(image, 'mock'),
    prepares: true,
    fingerprint: 'f',
    task: { kind: 'None' },
    remembered,
    ...copy,
  };
  return { image, invalid: undefined, copies: [whole], nowMs: now, monotonicMs: 1_000 };
}

const failed = (change: Parameters<typeof aFailure>[0]) => ({
  failure: { failure: aFailure({ class: 'blocked', ...change }), attempts: 1, retryAtMs: 9_000, fingerprint: 'f' },
});

describe('planCopy and projectImageStatus', () => {
  it.each([
    {
      because: 'a provider that prepares nothing takes it in place',
      seen: observed({ prepares: false }),
      step: 'Ready',
      ready: 'True InPlace',
    },
    { because: 'whether it is there is asked first', seen: observed(), step: 'Describe', ready: 'False Preparing' },
    {
      because: 'it is not there',
      seen: observed({}, { answer: { kind: 'Absent', atMs: 0 } }),
      step: 'Prepare',
      ready: 'False Preparing',
    },
    {
      because: 'half a copy is made whole',
      seen: observed({}, { answer: { kind: 'Incomplete' } }),
      step: 'Prepare',
      ready: 'False Preparing',
    },
    {
      because: 'it is there',
      seen: observed({}, { answer: { kind: 'Complete', preparedId: 'p' } }),
      step: 'Ready',
      ready: 'True Prepared',
    },
    {
      because: 'it is being copied',
      seen: observed({ task: { kind: 'Running', task: aTask() } }),
      step: 'AwaitTask',
      ready: 'False Preparing',
    },
    {
      because: 'the Provider is away',
      seen: observed({ unavailable: 'x' }),
      step: 'WaitForProvider',
      ready: 'False Preparing',
    },
    {
      because: 'there is no source',
      seen: observed({ source: undefined }),
      step: 'Unsupported',
      ready: 'False SourceNotSupported',
    },
    { because: 'it failed lately', seen: observed({}, failed({})), step: 'BackOff', ready: 'False PrepareFailed' },
    {
      because: 'the source is not there',
      seen: observed({}, failed({ code: Code.NOT_FOUND })),
      step: 'BackOff',
      ready: 'False SourceNotFound',
    },
    {
      because: 'the checksum is another',
      seen: observed({}, failed({ reason: 'CHECKSUM_MISMATCH' })),
      step: 'BackOff',
      ready: 'False ChecksumMismatch',
    },
    {
      because: 'the provider has changed since',
      seen: observed({ fingerprint: 'g' }, failed({})),
      step: 'Describe',
      ready: 'False Preparing',
    },
    {
      because: 'its owner does not want an import',
      seen: observed(
        {},
        { answer: { kind: 'Absent', atMs: 0 } },
        imageObject({ spec: { prepare: { onMissing: 'Fail' } } }),
      ),
      step: 'Missing',
      ready: 'False SourceNotFound',
    },
    {
      because: 'it is paused',
      seen: observed({}, {}, imageObject({ metadata: { annotations: { [Annotation.Paused]: 'true' } } })),
      step: 'Paused',
      ready: 'False Preparing',
    },
  ])('$step, and $ready, because $because', ({ seen, step, ready }) => {
    const [copy] = seen.copies;
    expect(copy && planCopy(seen, copy).kind).toBe(step);
    const found = projectImageStatus(seen).conditions?.find(({ type }) => type === 'Ready');
    expect(`${found?.status ?? ''} ${found?.reason ?? ''}`).toBe(ready);
  });

  it('looks again for a copy that somebody else is to provide', () => {
    const image = imageObject({ spec: { prepare: { onMissing: 'Wait' } } });
    const seen = { ...observed({}, { answer: { kind: 'Absent', atMs: 0 } }, image), monotonicMs: 60_000 };
    expect(seen.copies.map((copy) => planCopy(seen, copy).kind)).toEqual(['Describe']);
  });

  it('reconcile-now looks once, also at what is there, and is echoed only then', () => {
    const image = imageObject({ metadata: { annotations: { [Annotation.ReconcileNow]: 'a' } } });
    const complete = { answer: { kind: 'Complete', preparedId: 'p' } } as const;
    const asked = observed({}, complete, image);
    expect(asked.copies.map((copy) => planCopy(asked, copy).kind)).toEqual(['Describe']);
    expect(projectImageStatus(asked).handledReconcileNow).toBeUndefined();
    const looked = observed({}, { ...complete, lookedFor: 'a' }, image);
    expect(looked.copies.map((copy) => planCopy(looked, copy).kind)).toEqual(['Ready']);
    expect(projectImageStatus(looked).handledReconcileNow).toBe('a');
  });

  it('is prepared when it is first needed', () => {
    expect(projectImageStatus({ ...observed(), copies: [] }).conditions?.[0]).toMatchObject({
      status: 'True',
      reason: 'NotRequested',
    });
  });

  it('names where it is usable, and by which id', () => {
    expect(projectImageStatus(observed({}, { answer: { kind: 'Complete', preparedId: 'p' } }))).toMatchObject({
      availableOn: ['shop/lab'],
      providers: [{ namespace: 'shop', name: 'lab', phase: 'Ready', preparedID: 'p' }],
    });
  });

  it('what was ready stands while its Provider cannot be asked: a manager that has just started knows nothing', () => {
    const known = imageObject({
      status: {
        observedGeneration: 1,
        conditions: [
          {
            type: 'Ready',
            status: 'True',
            reason: 'Prepared',
            message: 'is ready where it is needed',
            lastTransitionTime: '2026-01-01T00:00:00Z',
            observedGeneration: 1,
          },
        ],
        availableOn: ['shop/lab'],
        providers: [{ namespace: 'shop', name: 'lab', phase: 'Ready', preparedID: 'p' }],
      },
    });
    expect(projectImageStatus(observed({ unavailable: 'not connected yet' }, {}, known))).toEqual(known.status);
  });

  it('what was known of copies at a Provider that is gone is not known of another of its name', () => {
    const memory = new ImageMemory();
    const place = { namespace: 'shop', name: 'lab' };
    memory.update('image-uid', place, { answer: { kind: 'Complete', preparedId: 'p' } });
    memory.forgetPlace({ namespace: 'shop', name: 'other' });
    expect(memory.get('image-uid', place).answer?.kind).toBe('Complete');
    memory.forgetPlace(place);
    expect(memory.get('image-uid', place).answer).toBeUndefined();
  });

  it('a copy that was missed is looked for anew, unless somebody works on it', () => {
    const memory = new ImageMemory();
    const place = { namespace: 'shop', name: 'lab' };
    memory.update('image-uid', place, { answer: { kind: 'Complete', preparedId: 'p' }, taskId: 't' });
    memory.doubt('image-uid', place);
    expect(memory.get('image-uid', place).answer?.kind).toBe('Complete');
    memory.update('image-uid', place, { taskId: undefined });
    memory.doubt('image-uid', place);
    expect(memory.get('image-uid', place).answer).toBeUndefined();
  });
});
