import { describe, expect, it } from '@jest/globals';
import { Registry, register } from 'prom-client';
import { createControllerMetrics } from './controller-metrics.ts';
import { expositionOf } from './exposition.ts';
import { familiesOf } from './foreign-metrics.ts';
import { createProcessMetrics } from './process-metrics.ts';
import { createRpcMetrics } from './rpc-metrics.ts';
import { createVirtrigaudMetrics } from './virtrigaud-metrics.ts';

const samples = async (registry: Registry) =>
  (await registry.metrics()).split('\n').filter((line) => line !== '' && !line.startsWith('#'));

describe('createRpcMetrics', () => {
  it.each(['server', 'client'] as const)('counts calls of a %s by service, method and code', async (side) => {
    const registry = new Registry();
    const metrics = createRpcMetrics(registry, side);
    metrics.started('/virtrigaud.provider.v1.Provider/Create');
    metrics.finished('/virtrigaud.provider.v1.Provider/Create', 0, 0.02);
    metrics.finished('/virtrigaud.provider.v1.Provider/Create', 14, 2);
    const call = 'grpc_service="virtrigaud.provider.v1.Provider",grpc_method="Create"';
    expect(await samples(registry)).toEqual(
      expect.arrayContaining([
        `grpc_${side}_started_total{${call}} 1`,
        `grpc_${side}_handled_total{${call},grpc_code="OK"} 1`,
        `grpc_${side}_handled_total{${call},grpc_code="Unavailable"} 1`,
        `grpc_${side}_handling_seconds_count{${call}} 2`,
      ]),
    );
  });

  it('has both sides in one registry', () => {
    const registry = new Registry();
    createRpcMetrics(registry, 'server');
    expect(() => createRpcMetrics(registry, 'client')).not.toThrow();
  });
});

describe('createControllerMetrics', () => {
  it('P75 shows under the names of the field what was counted', async () => {
    const registry = new Registry();
    const metrics = createControllerMetrics(registry);
    metrics.added('vm');
    metrics.depth('vm', 3);
    metrics.queued('vm', 0.5);
    metrics.worked('vm', 0.5);
    metrics.retried('vm');
    metrics.finished('vm', 'requeue_after', 0.2);
    metrics.active('vm', 1);
    metrics.active('vm', 1);
    metrics.active('vm', -1);
    metrics.request('GET', '127.0.0.1:6443', '200');
    metrics.leading('virtrigaud', true);
    expect(await samples(registry)).toEqual(
      expect.arrayContaining([
        'workqueue_adds_total{name="vm"} 1',
        'workqueue_depth{name="vm"} 3',
        'workqueue_queue_duration_seconds_count{name="vm"} 1',
        'workqueue_work_duration_seconds_count{name="vm"} 1',
        'workqueue_retries_total{name="vm"} 1',
        'controller_runtime_reconcile_total{controller="vm",result="requeue_after"} 1',
        'controller_runtime_reconcile_time_seconds_count{controller="vm"} 1',
        'controller_runtime_active_workers{controller="vm"} 1',
        'rest_client_requests_total{method="GET",host="127.0.0.1:6443",code="200"} 1',
        'leader_election_master_status{name="virtrigaud"} 1',
      ]),
    );
  });
});

describe('createVirtrigaudMetrics', () => {
  it('P75 has buckets for tasks of two hours', async () => {
    const registry = new Registry();
    createVirtrigaudMetrics(registry).taskFinished(
      { provider: 'default/lab', kind: 'ImagePrepare', outcome: 'succeeded' },
      7_000,
    );
    const task = 'provider="default/lab",kind="ImagePrepare",outcome="succeeded"';
    expect(await samples(registry)).toEqual(
      expect.arrayContaining([
        `virtrigaud_task_duration_seconds_bucket{le="3600",${task}} 0`,
        `virtrigaud_task_duration_seconds_bucket{le="7200",${task}} 1`,
      ]),
    );
  });

  it('replaces the counts of a Provider, so that none stays behind', async () => {
    const registry = new Registry();
    const metrics = createVirtrigaudMetrics(registry);
    metrics.vms('default/lab', [
      { phase: 'Pending', reason: 'Creating', count: 2 },
      { phase: 'Running', reason: 'Ready', count: 1 },
    ]);
    metrics.vms('default/lab', [{ phase: 'Running', reason: 'Ready', count: 3 }]);
    expect(await samples(registry)).toEqual([
      'virtrigaud_vms{provider="default/lab",phase="Running",reason="Ready"} 3',
    ]);
  });

  it('lets an inventory grow old by itself', async () => {
    const registry = new Registry();
    let nowMs = 10_000;
    createVirtrigaudMetrics(registry, () => nowMs).inventoryConfirmed('default/lab', new Date(10_000));
    nowMs = 55_000;
    expect(await samples(registry)).toEqual(['virtrigaud_inventory_age_seconds{provider="default/lab"} 45']);
  });

  it('shows breakers and certificates, and forgets a Provider', async () => {
    const registry = new Registry();
    const metrics = createVirtrigaudMetrics(registry);
    metrics.breaker('default/lab', 'open');
    metrics.certificateExpires('manager', new Date(5_000));
    expect(await samples(registry)).toEqual([
      'virtrigaud_breaker_state{provider="default/lab"} 2',
      'virtrigaud_certificate_expiry_timestamp_seconds{certificate="manager"} 5',
    ]);
    metrics.inventoryConfirmed('default/lab', new Date());
    metrics.vms('default/lab', [{ phase: 'Running', reason: 'Ready', count: 1 }]);
    metrics.forgetProvider('default/lab');
    expect(await samples(registry)).toEqual([
      'virtrigaud_certificate_expiry_timestamp_seconds{certificate="manager"} 5',
    ]);
  });
});

describe('createProcessMetrics', () => {
  it('reads the process at each scrape', async () => {
    const registry = new Registry();
    createProcessMetrics(registry);
    const text = await registry.metrics();
    expect(text).toMatch(/^process_resident_memory_bytes [1-9]\d+$/m);
    expect(text).toMatch(/^process_cpu_seconds_total \d/m);
    expect(text).toMatch(/^process_start_time_seconds 1\d+/m);
    expect(text).toMatch(/^nodejs_heap_size_used_bytes [1-9]\d+$/m);
  });
});

describe('expositionOf', () => {
  it('joins providers of one process under one head a name', async () => {
    const [a, b] = ['a', 'b'].map((provider) => {
      const registry = new Registry();
      registry.setDefaultLabels({ provider });
      createRpcMetrics(registry, 'server').started('/s/M');
      return registry;
    }) as [Registry, Registry];
    const lines = (await expositionOf([a, b])).split('\n');
    expect(lines.filter((line) => line === '# TYPE grpc_server_started_total counter')).toHaveLength(1);
    expect(lines.filter((line) => line.startsWith('grpc_server_started_total{'))).toEqual([
      'grpc_server_started_total{grpc_service="s",grpc_method="M",provider="a"} 1',
      'grpc_server_started_total{grpc_service="s",grpc_method="M",provider="b"} 1',
    ]);
    expect(lines.at(-1)).toBe('');
  });

  it('joins what another process counts, under labels that tell it apart', async () => {
    const registry = new Registry();
    createProcessMetrics(registry);
    createRpcMetrics(registry, 'client').started('/s/M');
    const other = new Registry();
    createProcessMetrics(other);
    const rpc = createRpcMetrics(other, 'server');
    rpc.started('/s/M');
    rpc.finished('/s/M', 0, 0.02);
    const labels = { provider: 'lab', replica: '0' };
    const text = await expositionOf([registry], [{ text: await other.metrics(), labels }]);
    expect(text.match(/^# TYPE process_resident_memory_bytes /gm)).toHaveLength(1);
    expect(text.match(/^process_resident_memory_bytes(\{.*\})? \d+$/gm)).toEqual([
      expect.stringMatching(/^process_resident_memory_bytes \d+$/),
      expect.stringMatching(/^process_resident_memory_bytes\{provider="lab",replica="0"\} \d+$/),
    ]);
    expect(text).toContain(
      'grpc_server_handled_total{grpc_service="s",grpc_method="M",grpc_code="OK",provider="lab",replica="0"} 1',
    );
    expect(text).toMatch(/^grpc_server_handling_seconds_bucket\{.*le="\+Inf".*replica="0"\} 1$/m);
  });
});

describe('familiesOf', () => {
  const samplesOf = (lines: readonly string[]) =>
    familiesOf({ text: ['# TYPE m gauge', ...lines].join('\n'), labels: { provider: 'a"b\\c' } }).get('m')?.samples;

  it.each([
    ['m 1', 'm{provider="a\\"b\\\\c"} 1'],
    ['m{} 1', 'm{provider="a\\"b\\\\c"} 1'],
    ['m{x="}, {",} 1 1700000000', 'm{x="}, {",provider="a\\"b\\\\c"} 1 1700000000'],
    ['m{x="\\"} 2"} NaN', 'm{x="\\"} 2",provider="a\\"b\\\\c"} NaN'],
    ['m{provider="own"} 1', 'm{provider="own"} 1'],
    ['m{my_provider="own"} 1', 'm{my_provider="own",provider="a\\"b\\\\c"} 1'],
  ])('%s', (line, expected) => {
    expect(samplesOf([line])).toEqual([expected]);
  });

  it('leaves out what is no sample, and samples of no metric', () => {
    expect(samplesOf(['# a comment', '<html>', 'm{x="1} 2', 'm', ''])).toEqual([]);
    expect([...familiesOf({ text: 'm 1', labels: {} })]).toEqual([]);
  });
});

describe('all metrics', () => {
  it('leave the global registry of prom-client alone', () => {
    const registry = new Registry();
    createRpcMetrics(registry, 'server');
    createControllerMetrics(registry);
    createVirtrigaudMetrics(registry);
    createProcessMetrics(registry);
    expect(register.getMetricsAsArray()).toEqual([]);
  });
});
