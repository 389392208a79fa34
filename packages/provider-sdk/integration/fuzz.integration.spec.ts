import { Client, credentials, status as Code, type ServiceError } from '@grpc/grpc-js';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { aCreateRequest, anOwner, withServedProvider, type ServedProvider } from '../src/testing/index.ts';
import { ScriptedHypervisor } from './scripted-hypervisor.ts';

const methods = [
  ...['Validate', 'Create', 'Delete', 'Power', 'Reconfigure', 'Describe', 'TaskStatus', 'GetProviderInfo', 'ListVMs'],
  ...['CancelTask', 'ImagePrepare', 'ImageDescribe', 'Adopt', 'SnapshotCreate', 'SnapshotDelete', 'SnapshotRevert'],
  ...['SnapshotList', 'Clone', 'WatchVMs', 'WatchTasks'],
];
const streams = ['WatchVMs', 'WatchTasks'];

/** What a caller may have done wrong, or right. `UNKNOWN` is none of it: it is what an error is that nobody thought of. */
const clear: readonly number[] = [
  ...[Code.OK, Code.INVALID_ARGUMENT, Code.NOT_FOUND, Code.FAILED_PRECONDITION, Code.ALREADY_EXISTS, Code.OUT_OF_RANGE],
  ...[Code.UNIMPLEMENTED, Code.ABORTED, Code.RESOURCE_EXHAUSTED],
];

/** Bytes that are mostly well-formed protobuf: fields of any number and type, messages in messages. */
const { message } = fc.letrec<{ message: Buffer; field: Buffer }>((tie) => ({
  message: fc.array(tie('field'), { maxLength: 6 }).map((fields) => Buffer.concat(fields)),
  field: fc
    .tuple(
      fc.integer({ min: 1, max: 14 }),
      fc.oneof(
        { depthSize: 'small' },
        fc.bigInt({ min: 0n, max: (1n << 64n) - 1n }).map((value) => ({ type: 0, body: varint(value) })),
        fc.string({ unit: 'binary', maxLength: 40 }).map((text) => ({ type: 2, body: sized(Buffer.from(text)) })),
        fc.uint8Array({ maxLength: 40 }).map((bytes) => ({ type: 2, body: sized(Buffer.from(bytes)) })),
        tie('message').map((inner) => ({ type: 2, body: sized(inner) })),
      ),
    )
    .map(([number, { type, body }]) => Buffer.concat([varint(BigInt((number << 3) | type)), body])),
}));

function varint(value: bigint): Buffer {
  const bytes: number[] = [];
  let rest = value;
  do {
    const more = rest > 0x7fn ? 0x80 : 0;
    bytes.push(Number(rest & 0x7fn) | more);
    rest >>= 7n;
  } while (rest > 0n);
  return Buffer.from(bytes);
}

const sized = (body: Buffer): Buffer => Buffer.concat([varint(BigInt(body.length)), body]);

describe('a served provider that is sent anything', () => {
  let raw: Client;
  let served: ServedProvider;
  let end: () => void;
  let over: Promise<void>;

  beforeAll(async () => {
    const hypervisor = new ScriptedHypervisor();
    await new Promise<void>((ready) => {
      over = withServedProvider(hypervisor.provider, {}, async (running) => {
        served = running;
        raw = new Client(running.running.address, credentials.createInsecure());
        const ended = new Promise<void>((resolve) => (end = resolve));
        ready();
        await ended;
      });
    });
  });
  afterAll(async () => {
    raw.close();
    end();
    await over;
  });

  const plain = (bytes: Buffer): Buffer => bytes;

  /** Sends bytes as the request of a method; resolves with the code of what came of it. */
  function send(method: string, bytes: Buffer): Promise<number> {
    const path = `/virtrigaud.provider.v1.Provider/${method}`;
    const deadline = Date.now() + 5_000;
    if (!streams.includes(method)) {
      return new Promise((resolve) => {
        raw.makeUnaryRequest(path, plain, plain, bytes, { deadline }, (error: ServiceError | null) =>
          resolve(error?.code ?? Code.OK),
        );
      });
    }
    return new Promise((resolve) => {
      const stream = raw.makeServerStreamRequest(path, plain, plain, bytes, { deadline });
      stream.on('error', (error: ServiceError) => resolve(error.code));
      stream.on('end', () => resolve(Code.OK));
      // A watch goes on for ever: its first word is enough.
      stream.on('data', () => {
        resolve(Code.OK);
        stream.cancel();
      });
      // One that has nothing to say has taken the request once its headers are there.
      stream.on('metadata', () => {
        resolve(Code.OK);
        stream.cancel();
      });
    });
  }

  async function stillServes(name: string): Promise<void> {
    const made = await served.client.create(aCreateRequest(anOwner(name)), { timeoutMs: 5_000 });
    expect(made).toBeDefined();
  }

  it('answers random bytes with an error that says so, and serves on', async () => {
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...methods), fc.uint8Array({ maxLength: 300 }), async (method, bytes) => {
        // INTERNAL is what gRPC itself says of a request that is none.
        expect([...clear, Code.INTERNAL]).toContain(await send(method, Buffer.from(bytes)));
      }),
      { numRuns: 200 },
    );
    await stillServes('after-noise');
  });

  it('answers well-formed messages with strange content as the caller deserves, and serves on', async () => {
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...methods), message, async (method, bytes) => {
        // A text that is no UTF-8, or a number of the wrong type, is no message: that INTERNAL is gRPC's.
        expect([...clear, Code.INTERNAL]).toContain(await send(method, bytes));
      }),
      { numRuns: 300 },
    );
    await stillServes('after-messages');
  });

  it('answers valid requests with strange values clearly: never INTERNAL, never UNKNOWN', async () => {
    const text = fc.oneof(
      fc.string({ maxLength: 70 }),
      fc.constantFrom('', '..', '/', 'a'.repeat(5_000), '\u0000', '💥'),
    );
    const number = fc.oneof(fc.integer(), fc.constantFrom(0, 1, -1, 0x7fff_ffff));
    const size = fc.bigInt({ min: 0n, max: (1n << 63n) - 1n });
    const term = fc.bigInt({ min: 0n, max: 3n });
    const request = fc.record({
      uid: text,
      name: text,
      operationId: text,
      term,
      cpus: number,
      memoryBytes: size,
      network: text,
    });
    await fc.assert(
      fc.asyncProperty(request, async ({ uid, name, operationId, term, cpus, memoryBytes, network }) => {
        const owner = anOwner('strange', { uid, name });
        const spec = { name, compute: { cpus, memoryBytes }, nics: { items: [{ name, network }] }, disks: [{ name }] };
        const code = await served.client
          .create({ mutation: { operationId, owner, term }, spec }, { timeoutMs: 5_000 })
          .then(
            () => Code.OK as number,
            (error: unknown) => (error as { readonly code: number }).code,
          );
        expect(clear).toContain(code);
      }),
      { numRuns: 150 },
    );
    await stillServes('after-values');
  });

  it('takes no request that is larger than a message may be', async () => {
    expect(await send('Create', Buffer.alloc(5 * 2 ** 20, 0x0a))).toBe(Code.RESOURCE_EXHAUSTED);
    await stillServes('after-size');
  });
});
