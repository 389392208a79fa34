import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { ApiError, createTransport, isOutcomeUnknown } from '../src/index.ts';
import type { KubeConfig, Transport, TransportOptions } from '../src/index.ts';
import { eventually } from './eventually.ts';
import { garbage, headersOnly, refuse, reset, stall, torn } from './faults.ts';
import { HostileApiServer, line, send } from './hostile-api-server.ts';
import type { Fault } from './hostile-api-server.ts';

const get = { method: 'GET', path: '/x' } as const;
const post = { method: 'POST', path: '/x', body: { a: 1 } } as const;

describe('createTransport against a hostile server', () => {
  let server: HostileApiServer;
  let transport: Transport;
  let counted: string[];

  beforeEach(async () => {
    server = await new HostileApiServer().start();
    server.fault = (_request, response) => send(response, 200, { ok: true });
    counted = [];
    transport = connect();
  });

  afterEach(async () => {
    await transport.close();
    await server.stop();
  });

  function connect(options: Partial<TransportOptions> = {}, config: KubeConfig = server.config): Transport {
    const metrics = { request: (...labels: string[]) => counted.push(labels.join(' ')) };
    return createTransport(config, { userAgent: 'virtrigaud-test/1', metrics, ...options });
  }

  /** Each fault in turn, then a proper answer. */
  function first(...faults: Fault[]): void {
    server.fault = (request, response) => {
      const fault = faults.shift();
      if (fault === undefined) send(response, 200, { ok: true });
      else fault(request, response);
    };
  }

  it('sends what it is given', async () => {
    const query = { limit: 5, continue: undefined, labelSelector: 'a in (b,c)', watch: false };
    await expect(transport.request({ ...get, query, accept: 'application/json;as=Table' })).resolves.toEqual({
      ok: true,
    });
    await transport.request({ ...post, method: 'PATCH', contentType: 'application/merge-patch+json' });
    const [read, write] = server.requests;
    expect(read?.url.search).toBe('?limit=5&labelSelector=a+in+%28b%2Cc%29&watch=false');
    expect(read?.headers).toMatchObject({
      authorization: 'Bearer token',
      accept: 'application/json;as=Table',
      'user-agent': 'virtrigaud-test/1',
    });
    expect(read?.headers).not.toHaveProperty('content-type');
    expect(write?.headers).toMatchObject({
      'content-type': 'application/merge-patch+json',
      accept: 'application/json',
    });
    expect(counted).toEqual([`GET ${transport.host} 200`, `PATCH ${transport.host} 200`]);
  });

  it('reuses one connection for one request after another', async () => {
    for (let n = 0; n < 50; n += 1) await transport.request(get);
    // A connection is free again a moment after its answer is read, so that there may be a second.
    expect(server.connections).toBeLessThanOrEqual(2);
  });

  it('opens no more connections than it may, and streams take none of them', async () => {
    await transport.close();
    transport = connect({ maxConnections: 4, qps: 0 });
    const stop = new AbortController();
    const open = (): AsyncIterator<unknown> =>
      transport.stream({ ...get, query: { watch: true }, signal: stop.signal })[Symbol.asyncIterator]();
    const streams = Array.from({ length: 6 }, () => open().next());
    await eventually('all streams are open', () => server.openWatches === 6);
    await Promise.all(Array.from({ length: 200 }, () => transport.request(get)));
    expect(server.connections).toBe(10);
    stop.abort();
    const ends = await Promise.allSettled(streams);
    expect(ends.map((end) => (end as PromiseRejectedResult).reason as ApiError)).toMatchObject(
      streams.map(() => ({ code: 'Cancelled' })),
    );
  });

  it.each([
    { name: 'a reset', fault: reset },
    { name: 'half an answer', fault: torn },
    { name: '429', fault: refuse(429, 'TooManyRequests', { 'retry-after': '0' }) },
    { name: '503 with Retry-After', fault: refuse(503, 'ServiceUnavailable', { 'retry-after': '0' }) },
  ])('repeats a read after $name', async ({ fault }) => {
    first(fault);
    await expect(transport.request(get)).resolves.toEqual({ ok: true });
    expect(server.requests).toHaveLength(2);
  });

  it.each([
    { name: 'a reset', fault: reset, code: 'Unreachable', unknown: true },
    { name: 'half an answer', fault: torn, code: 'Unreachable', unknown: true },
    { name: 'garbage', fault: garbage, code: 'BadAnswer', unknown: true },
    { name: '500', fault: refuse(500, 'InternalError'), code: 'Status', unknown: true },
    { name: '429', fault: refuse(429, 'TooManyRequests', { 'retry-after': '0' }), code: 'Status', unknown: false },
    { name: '409', fault: refuse(409, 'Conflict'), code: 'Status', unknown: false },
  ])('sends a write once, and says of $name what it means', async ({ fault, code, unknown }) => {
    first(fault);
    const error = await transport.request(post).catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(ApiError);
    expect(error).toMatchObject({ code, message: expect.stringContaining('POST /x: ') });
    expect(isOutcomeUnknown(error)).toBe(unknown);
    expect(server.requests).toHaveLength(1);
  });

  it.each([
    { name: 'nothing', fault: stall },
    { name: 'headers and nothing more', fault: headersOnly },
    { name: '"wait" for longer than there is time', fault: refuse(429, 'TooManyRequests', { 'retry-after': '0' }) },
  ])('ends in time when the server answers $name', async ({ fault }) => {
    server.fault = fault;
    const error = await transport.request({ ...get, timeoutMs: 200 }).catch((caught: unknown) => caught);
    expect(['Timeout', 'Status']).toContain((error as ApiError).code);
  });

  it('is cancelled by its caller, before and while it runs', async () => {
    server.fault = stall;
    await expect(transport.request({ ...get, signal: AbortSignal.abort() })).rejects.toMatchObject({
      code: 'Cancelled',
    });
    expect(server.requests).toHaveLength(0);
    const stop = new AbortController();
    const running = transport.request({ ...get, signal: stop.signal }).catch((caught: unknown) => caught);
    await eventually('it is sent', () => server.requests.length === 1);
    stop.abort();
    await expect(running).resolves.toMatchObject({ code: 'Cancelled' });
  });

  it('says where nobody listens', async () => {
    const nobody = { ...server.config, server: 'http://127.0.0.1:1' };
    const lost = connect({}, nobody);
    await expect(lost.request(get)).rejects.toMatchObject({
      code: 'Unreachable',
      message: expect.stringContaining('ECONNREFUSED'),
    });
    expect(counted).toEqual(['GET 127.0.0.1:1 <error>', 'GET 127.0.0.1:1 <error>']);
    await lost.close();
  });

  it('knows of a write that was never sent that it has not happened', async () => {
    const lost = connect({}, { ...server.config, server: 'http://127.0.0.1:1' });
    const refused = await lost.request(post).catch((caught: unknown) => caught);
    expect([isOutcomeUnknown(refused), refused]).toEqual([false, expect.objectContaining({ code: 'Unreachable' })]);
    await lost.close();
    const slow = connect({ qps: 0.01, burst: 1 });
    await slow.request(post);
    const waiting = await slow.request({ ...post, timeoutMs: 50 }).catch((caught: unknown) => caught);
    expect([isOutcomeUnknown(waiting), waiting]).toEqual([false, expect.objectContaining({ code: 'Timeout' })]);
    server.fault = stall;
    const unanswered = await transport.request({ ...post, timeoutMs: 50 }).catch((caught: unknown) => caught);
    expect([isOutcomeUnknown(unanswered), unanswered]).toEqual([true, expect.objectContaining({ code: 'Timeout' })]);
    await slow.close();
  });

  it('lets what is exempt pass, whatever waits for rate and connections', async () => {
    const busy = connect({ qps: 0.01, burst: 1, maxConnections: 1 });
    server.fault = (request, response) => {
      if (request.url === '/urgent') send(response, 200, { ok: true });
    };
    const stop = new AbortController();
    const held = [1, 2, 3].map(() => busy.request({ ...get, signal: stop.signal }).catch((error: unknown) => error));
    await eventually('one is sent', () => server.requests.length === 1);
    await expect(busy.request({ ...post, path: '/urgent', rate: 'exempt' })).resolves.toEqual({ ok: true });
    const query = { watch: true, resourceVersion: 1 };
    const events = busy.stream({ ...get, query, signal: stop.signal })[Symbol.asyncIterator]();
    const watching = events.next();
    await eventually('it watches', () => server.openWatches === 1);
    stop.abort();
    await Promise.allSettled([...held, watching]);
    await busy.close();
  });

  it('reads no more than it may', async () => {
    const small = connect({ maxAnswerBytes: 1_000 });
    server.fault = (_request, response) => send(response, 200, { much: 'x'.repeat(2_000) });
    await expect(small.request(get)).rejects.toMatchObject({ code: 'BadAnswer' });
    server.watchFault = (_request, response) => {
      response.write(`${JSON.stringify('x'.repeat(900))}\n"${'x'.repeat(200_000)}`);
    };
    const lines: unknown[] = [];
    const read = async (): Promise<void> => {
      for await (const one of small.stream({ ...get, query: { watch: true } })) lines.push(one);
    };
    await expect(read()).rejects.toMatchObject({ code: 'BadAnswer' });
    expect(lines).toHaveLength(1);
    await small.close();
  });

  it('closes a stream that its reader leaves', async () => {
    server.put('a', 'text');
    for await (const event of transport.stream({ ...get, query: { watch: true, resourceVersion: 1 } })) {
      expect(event).toMatchObject({ type: 'ADDED' });
      break;
    }
    await eventually('the watch is closed', () => server.openWatches === 0);
  });

  it('gets fresh credentials when it is refused, once', async () => {
    let token = 'old';
    let reads = 0;
    const credentials = async (): ReturnType<KubeConfig['credentials']> => {
      reads += 1;
      return { headers: { authorization: `Bearer ${token}` }, rejectUnauthorized: true };
    };
    server.fault = (request, response) => {
      if (request.headers.authorization === 'Bearer new') send(response, 200, { ok: true });
      else send(response, 401, { kind: 'Status', reason: 'Unauthorized', message: 'Unauthorized' });
    };
    const renewing = connect({}, { ...server.config, credentials });
    await expect(renewing.request(post)).rejects.toMatchObject({ status: 401 });
    expect([server.requests.length, reads]).toEqual([2, 2]);
    token = 'new';
    await expect(renewing.request(post)).resolves.toEqual({ ok: true });
    await renewing.request(post);
    expect([server.requests.length, reads]).toEqual([5, 3]);
    await renewing.close();
  });

  it('connects anew when its certificates have changed, and lets what runs go on', async () => {
    let ca = 'first';
    const credentials = async (): ReturnType<KubeConfig['credentials']> => ({
      headers: {},
      ca,
      rejectUnauthorized: true,
    });
    const renewing = connect({}, { ...server.config, credentials });
    const stop = new AbortController();
    const query = { watch: true, resourceVersion: 1 };
    const events = renewing.stream({ ...get, query, signal: stop.signal })[Symbol.asyncIterator]();
    const next = events.next();
    await eventually('it watches', () => server.openWatches === 1);
    await renewing.request(get);
    await renewing.request(get);
    const before = server.connections;
    ca = 'second';
    first(refuse(401, 'Unauthorized'));
    await renewing.request(get);
    expect(server.connections).toBeGreaterThan(before);
    server.put('a', 'text');
    await expect(next).resolves.toMatchObject({ value: { type: 'ADDED' } });
    stop.abort();
    await expect(events.next()).rejects.toMatchObject({ code: 'Cancelled' });
    await renewing.close();
  });

  it('sends nothing once it is closed', async () => {
    const closed = connect();
    await closed.close();
    await expect(closed.request(get)).rejects.toMatchObject({ code: 'Cancelled', sent: false });
    expect(server.requests).toHaveLength(0);
  });

  it('yields the lines of a stream as they come, and ends when the server does', async () => {
    server.watchFault = (_request, response) => {
      response.write(line({ n: 1 }) + line({ n: 2 }).slice(0, 4));
      response.end(line({ n: 2 }).slice(4));
    };
    const seen: unknown[] = [];
    for await (const one of transport.stream({ ...get, query: { watch: true } })) seen.push(one);
    expect(seen).toEqual([{ n: 1 }, { n: 2 }]);
  });
});
