import { afterEach, describe, expect, it } from '@jest/globals';
import { createRpcMetrics, Registry, startOperationsServer } from '../src/index.ts';
import type { OperationsServer, OperationsServerOptions } from '../src/index.ts';

const running: OperationsServer[] = [];

async function start(options: Partial<OperationsServerOptions> = {}) {
  const server = await startOperationsServer({
    host: '127.0.0.1',
    port: 0,
    registry: new Registry(),
    checks: { live: {}, ready: {} },
    ...options,
  });
  running.push(server);
  return { server, get: (path: string, init?: RequestInit) => fetch(`http://127.0.0.1:${server.port}${path}`, init) };
}

describe('startOperationsServer', () => {
  afterEach(async () => {
    await Promise.all(running.splice(0).map((server) => server.stop()));
  });

  it('P75 serves what the registries of that moment hold', async () => {
    const registries: Registry[] = [];
    const { get } = await start({ registry: () => registries });
    expect(await (await get('/metrics')).text()).toBe('');
    const registry = new Registry();
    createRpcMetrics(registry, 'server').finished('/s/M', 0, 1);
    registries.push(registry);
    const response = await get('/metrics');
    expect(response.headers.get('content-type')).toBe(Registry.PROMETHEUS_CONTENT_TYPE);
    expect(await response.text()).toContain(
      'grpc_server_handled_total{grpc_service="s",grpc_method="M",grpc_code="OK"} 1',
    );
  });

  it('tells liveness from readiness and lists what fails', async () => {
    let reachable = false;
    const { get } = await start({
      checks: {
        live: { loop: () => undefined },
        ready: {
          hypervisor: async () => (reachable ? undefined : 'qemu://root:hunter2@host/system does not answer'),
          cache: () => undefined,
          broken: () => {
            if (!reachable) throw new Error('no cache');
            return undefined;
          },
        },
      },
    });
    expect((await get('/healthz')).status).toBe(200);
    const failing = await get('/readyz');
    expect(failing.status).toBe(503);
    expect(await failing.text()).toBe(
      '[-] hypervisor: qemu://root:[redacted]@host/system does not answer\n[+] cache: ok\n[-] broken: no cache\nfailing\n',
    );
    reachable = true;
    expect((await get('/readyz')).status).toBe(200);
  });

  it('answers nothing else', async () => {
    const { get } = await start();
    expect((await get('/')).status).toBe(404);
    expect((await get('/metrics', { method: 'POST' })).status).toBe(405);
    expect((await get('/toString')).status).toBe(404);
  });

  it('says where it cannot listen', async () => {
    const { server } = await start();
    await expect(start({ port: server.port })).rejects.toMatchObject({
      name: 'ServiceError',
      code: 'CannotListen',
      message: expect.stringContaining(`127.0.0.1:${server.port}`),
    });
  });

  it('stops though a client keeps its connection', async () => {
    const { server, get } = await start();
    await (await get('/healthz')).text();
    await Promise.all([server.stop(), server.stop()]);
    await expect(get('/healthz')).rejects.toThrow();
  });
});
