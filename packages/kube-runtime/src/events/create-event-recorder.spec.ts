import { beforeEach, describe, expect, it } from '@jest/globals';
import { ApiError } from '../api/api-error.ts';
import type { KubeObject } from '../api/kube-object.ts';
import { FakeClock, settle } from '../testing/fake-clock.ts';
import { MemoryTransport, refusal } from '../testing/memory-transport.ts';
import { RecordingLogger } from '../testing/recording-logger.ts';
import { createEventRecorder } from './create-event-recorder.ts';
import type { EventNote, EventRecorder, EventRecorderOptions } from './event-recorder.ts';

const vm: KubeObject = {
  apiVersion: 'v1beta1',
  kind: 'VirtualMachine',
  metadata: { namespace: 'team', name: 'web', uid: 'u1', resourceVersion: '5' },
};
const node: KubeObject = { apiVersion: 'v1', kind: 'Node', metadata: { name: 'n1', uid: 'u2' } };
const created: EventNote = { type: 'Normal', reason: 'Created', message: 'The VM was created' };

describe('createEventRecorder', () => {
  let clock: FakeClock;
  let server: MemoryTransport;
  let logger: RecordingLogger;

  beforeEach(() => {
    clock = new FakeClock();
    server = new MemoryTransport();
    logger = new RecordingLogger();
  });

  function record(options: Partial<EventRecorderOptions> = {}): EventRecorder {
    let n = 0;
    const random = (): number => (n = (n + 0.01) % 1);
    return createEventRecorder(server, { component: 'manager', host: 'pod-1', clock, logger, random, ...options });
  }

  function written(): readonly unknown[] {
    return [...server.objects.values()];
  }

  it('writes an Event about an object, into its namespace', async () => {
    const recorder = record();
    recorder.event(vm, created);
    await recorder.flush();
    expect(server.requests.map(({ method, path }) => [method, path])).toEqual([
      ['POST', '/api/v1/namespaces/team/events'],
    ]);
    expect(written()).toMatchObject([
      {
        apiVersion: 'v1',
        kind: 'Event',
        metadata: { name: expect.stringMatching(/^web\.[0-9a-f]+$/), namespace: 'team' },
        involvedObject: {
          apiVersion: 'v1beta1',
          kind: 'VirtualMachine',
          namespace: 'team',
          name: 'web',
          uid: 'u1',
          resourceVersion: '5',
        },
        ...created,
        count: 1,
        firstTimestamp: '2026-01-01T00:00:00Z',
        lastTimestamp: '2026-01-01T00:00:00Z',
        source: { component: 'manager', host: 'pod-1' },
        reportingComponent: 'manager',
        reportingInstance: 'pod-1',
      },
    ]);
  });

  it('writes about cluster-scoped objects into the default namespace', async () => {
    const recorder = record();
    recorder.event(node, created);
    await recorder.flush();
    expect([...server.objects.keys()][0]).toMatch('/api/v1/namespaces/default/events/n1.');
  });

  it('counts the same event, and writes others on their own', async () => {
    const recorder = record();
    recorder.event(vm, created);
    await recorder.flush();
    await clock.advance(60_000);
    recorder.event(vm, created);
    recorder.event(vm, { ...created, message: 'Other words' });
    await recorder.flush();
    expect(written()).toMatchObject([
      { count: 2, firstTimestamp: '2026-01-01T00:00:00Z', lastTimestamp: '2026-01-01T00:01:00Z' },
      { count: 1, message: 'Other words' },
    ]);
  });

  it('needs one request for what repeats before it is written', async () => {
    const recorder = record();
    for (let n = 0; n < 100; n += 1) recorder.event(vm, created);
    await recorder.flush();
    expect(server.requests).toHaveLength(1);
    expect(written()).toMatchObject([{ count: 100 }]);
  });

  it('begins a new Event when the old one has expired, at the server or by its age', async () => {
    const recorder = record();
    recorder.event(vm, created);
    await recorder.flush();
    server.objects.clear();
    recorder.event(vm, created);
    await recorder.flush();
    expect(written()).toMatchObject([{ count: 2 }]);
    await clock.advance(3_600_000);
    recorder.event(vm, created);
    await recorder.flush();
    expect(written()).toMatchObject([{ count: 2 }, { count: 1, firstTimestamp: '2026-01-01T01:00:00Z' }]);
  });

  it('keeps its rate, and returns at once nevertheless', async () => {
    const recorder = record({ qps: 1, burst: 2 });
    for (let n = 0; n < 5; n += 1) recorder.event(vm, { ...created, message: `${n}` });
    await settle();
    expect(server.requests).toHaveLength(2);
    await clock.advance(2_000);
    expect(server.requests).toHaveLength(4);
    await clock.advance(1_000);
    await recorder.flush();
    expect(server.requests).toHaveLength(5);
    expect(clock.timers).toBe(0);
  });

  it('tries again what may work later, and makes one Event of a create whose answer was lost', async () => {
    const recorder = record();
    server.after = () => {
      server.after = undefined;
      throw new ApiError('Unreachable', 'reply lost');
    };
    recorder.event(vm, created);
    await clock.advance(10_000);
    await recorder.flush();
    expect(written()).toHaveLength(1);
    expect(logger.lines).toEqual([]);
  });

  it('gives up on what is refused, says so, and goes on with the next', async () => {
    const recorder = record();
    server.before = (request) => {
      if (request.path.includes('team')) throw refusal(request, 403, 'Forbidden');
    };
    recorder.event(vm, created);
    recorder.event(node, created);
    await recorder.flush();
    expect(written()).toHaveLength(1);
    expect(logger.lines).toMatchObject([
      { level: 'warn', message: 'An event could not be written', fields: { object: 'team/web', reason: 'Created' } },
    ]);
  });

  it('gives up on a dead server after a few tries', async () => {
    const recorder = record();
    server.before = () => {
      throw new ApiError('Unreachable', 'no');
    };
    recorder.event(vm, created);
    await clock.advance(60_000);
    await recorder.flush();
    expect(server.requests).toHaveLength(4);
  });

  it('drops the oldest when too many wait, and forgets the oldest when it remembers too many', async () => {
    const recorder = record({ maxPending: 2, maxRemembered: 2, qps: 1, burst: 1 });
    for (const message of ['first', 'second', 'third']) recorder.event(vm, { ...created, message });
    await clock.advance(5_000);
    expect(written()).toMatchObject([{ message: 'second' }, { message: 'third' }]);
    recorder.event(vm, { ...created, message: 'first' });
    recorder.event(vm, { ...created, message: 'second' });
    await clock.advance(5_000);
    expect(written()).toMatchObject([
      { message: 'second' },
      { message: 'third' },
      { message: 'first' },
      { message: 'second' },
    ]);
  });

  it('says in one line that many are dropped: at once, then once a minute, and how many there were when all are written', async () => {
    const recorder = record({ maxPending: 100, qps: 1, burst: 1 });
    const crowd = (of: string, size: number): void => {
      for (let n = 0; n < size; n += 1) recorder.event(vm, { ...created, message: `${of} ${n}` });
    };
    const said = () => logger.lines.map(({ fields }) => Number(fields?.['dropped']));
    crowd('a', 1_000);
    expect(said()).toEqual([1]);
    await clock.advance(60_000);
    crowd('b', 100);
    expect(said()).toEqual([1, 900]);
    await clock.advance(200_000);
    await recorder.flush();
    expect(said()).toHaveLength(3);
    expect(said().reduce((sum, each) => sum + each)).toBe(1_100 - written().length);
    expect(new Set(logger.at('warn'))).toEqual(new Set(['Too many events wait: the oldest are dropped']));
  });

  it('cuts what is too long for the API', async () => {
    const recorder = record();
    const long = { ...vm, metadata: { ...vm.metadata, name: 'x'.repeat(253) } };
    recorder.event(long, { type: 'Warning', reason: 'R'.repeat(200), message: 'm'.repeat(2_000) });
    await recorder.flush();
    const [event] = written() as [{ metadata: { name: string }; reason: string; message: string }];
    expect([event.metadata.name.length, event.reason.length, event.message.length]).toEqual([253, 128, 1_024]);
  });
});
