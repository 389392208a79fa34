import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import {
  Code,
  ContractError,
  HealthCheckResponse_ServingStatus as ServingStatus,
} from '@virtrigaud/grpc-contract/client';
import { silentLogger, systemClock, systemRandom, type Clock } from '@virtrigaud/kube-runtime';
import type { Keepalive } from '../src/connection/endpoint-link.ts';
import { ProviderConnection } from '../src/connection/provider-connection.ts';
import type { Endpoint } from '../src/hosting/hosted-state.ts';
import { VirtualClock } from '../src/testing/virtual-clock.ts';
import { ScriptedServer } from './stack/scripted-server.ts';
import { StrictServer } from './stack/strict-server.ts';
import { until } from './stack/until.ts';

describe('ProviderConnection', () => {
  let server: ScriptedServer;
  let connection: ProviderConnection;
  let term = 3;
  let raise: (() => Promise<void>)[] = [];

  const connect = (endpoints: readonly Endpoint[], keepalive?: Keepalive, clock: Clock = systemClock) =>
    new ProviderConnection({
      endpoints,
      ...(keepalive ? { keepalive } : {}),
      expectedType: 'mock',
      clusterId: 'c',
      defaults: {},
      term: {
        current: () => term,
        raiseAbove: async (seen) => {
          await raise.shift()?.();
          term = seen + 1;
        },
        leaseRemainingMs: () => 15_000,
      },
      listener: {
        changed: () => undefined,
        vmChanged: () => undefined,
        inventoryConfirmed: () => undefined,
        nameFreed: () => undefined,
        breaker: () => undefined,
        serves: () => undefined,
        hangs: () => undefined,
      },
      metrics: { started: () => undefined, finished: () => undefined },
      clock,
      random: systemRandom,
      logger: silentLogger,
      newCorrelationId: () => 'c1',
    });

  beforeEach(async () => {
    server = await ScriptedServer.start();
    term = 3;
    raise = [];
    connection = connect([{ name: '0', address: server.address }]);
  });

  afterEach(async () => {
    await connection.stop();
    await server.stop();
  });

  const live = () => until('the inventory is live', () => connection.inventory.health.kind === 'Live');
  const list = async () => {
    connection.start();
    server.upsert('vm-1', 'u1');
    server.bookmark('t1', true);
    await live();
  };

  it('announces its term before anything else, and raises its Lease above one that was seen', async () => {
    server.info = { ...server.info, highestTerm: 7n };
    connection.start();
    await until('the term was raised', () => server.terms.length >= 2);
    await until('it is connected', () => connection.state.reach.kind === 'Connected');
    expect(server.terms.slice(0, 2)).toEqual([3, 8]);
    expect(server.tokens.length).toBeLessThanOrEqual(1);
  });

  it('a Lease that cannot be raised now is raised at the next handshake', async () => {
    raise = [() => Promise.reject(new Error('the Lease is not ours any more'))];
    server.info = { ...server.info, highestTerm: 7n };
    connection.start();
    await until('it is connected', () => connection.state.reach.kind === 'Connected');
    expect(server.terms.slice(0, 3)).toEqual([3, 3, 8]);
  });

  it('a provider of another type is not followed', async () => {
    server.info = { ...server.info, type: 'libvirt' };
    connection.start();
    await until('it is told apart', () => connection.state.agreement.kind === 'TypeMismatch');
    expect(server.openStreams).toBe(0);
  });

  it('Stale puts all in doubt, a bookmark without Resync undoes it, Resync lists anew', async () => {
    await list();
    expect(connection.inventory.remote('u1').kind).toBe('Present');
    server.event({ $case: 'stale', value: { since: new Date(0), reason: 'libvirtd is gone' } });
    await until('it is stale', () => connection.inventory.health.kind === 'Lost');
    expect(connection.inventory.remote('u1')).toMatchObject({ kind: 'Unknown', why: 'StreamLost' });
    server.bookmark('t2', true);
    await live();
    expect(connection.inventory.remote('u1').kind).toBe('Present');
    server.event({ $case: 'resync', value: {} });
    server.bookmark('t3', true);
    await until('the list lacks it', () => connection.inventory.remote('u1').kind === 'Unknown');
  });

  it('a broken stream is resumed by its token', async () => {
    await list();
    server.vms.push(new ContractError({ code: Code.UNAVAILABLE, message: 'restarting' }));
    await until('it is opened again', () => server.tokens.length === 2);
    expect(server.tokens).toEqual(['', 't1']);
    server.bookmark('t2', true);
    await live();
    expect(connection.inventory.remote('u1').kind).toBe('Present');
  });

  it('P34 P50 health goes both ways; a Validate that fails cuts no stream', async () => {
    await list();
    server.serving(ServingStatus.SERVING);
    await until('it is healthy', () => connection.state.health.kind === 'Serving');
    server.validate = () => {
      throw new ContractError({ code: Code.UNAVAILABLE, reason: 'HYPERVISOR_UNREACHABLE', message: 'no answer' });
    };
    server.serving(ServingStatus.NOT_SERVING);
    await until('it is asked why', () => connection.state.health.kind === 'NotServing' && server.validations === 2);
    server.serving(ServingStatus.SERVING);
    await until('it is healthy again', () => connection.state.health.kind === 'Serving');
    expect(server.tokens).toEqual(['']);
    expect(connection.inventory.health.kind).toBe('Live');
  });

  it('P16 leaves no stream open when it stops', async () => {
    await list();
    await until('all three streams are open', () => server.openStreams === 3);
    await connection.stop();
    await until('none is left', () => server.openStreams === 0);
  });

  it.each([
    { because: 'what is told in between forgives them', heartbeatMs: 375, struckOut: false },
    {
      because: 'nothing is told in between, which shows that the server is strict',
      heartbeatMs: 60_000,
      struckOut: true,
    },
  ])('P54 pings are struck out: $struckOut, since $because', async ({ heartbeatMs, struckOut }) => {
    // All times are a fortieth of those that ship: pings each 20 s, heartbeats each 15 s, five minutes between pings.
    const strict = await StrictServer.start({ minPingIntervalMs: 7_500, heartbeatMs });
    const other = connect([{ name: '0', address: strict.address }], { timeMs: 500, timeoutMs: 250 });
    other.start();
    await until('it was pinged often enough', () => strict.struckOut > 0 || strict.pings >= 12);
    expect(strict.struckOut > 0).toBe(struckOut);
    await other.stop();
    await strict.stop();
  });

  it('nothing is changed before each of the first instances knows our term, or was found out of reach', async () => {
    const second = await ScriptedServer.start();
    const release = second.holdInfo();
    const both = connect([
      { name: '0', address: server.address },
      { name: '1', address: second.address },
    ]);
    try {
      both.start();
      await until('the first can be used', () => both.state.ready === 1);
      await until('the second was asked', () => second.terms.length === 1);
      expect(both.state.reach.kind).toBe('Connecting');
      release();
      await until('both are there', () => both.state.reach.kind === 'Connected' && both.state.ready === 2);
    } finally {
      release();
      await both.stop();
      await second.stop();
    }
  });

  it('instances at different hypervisors are sent nothing before they are at one', async () => {
    const second = await ScriptedServer.start();
    server.info = { ...server.info, hypervisorId: 'x' };
    second.info = { ...second.info, hypervisorId: 'y' };
    const both = connect([
      { name: '0', address: server.address },
      { name: '1', address: second.address },
    ]);
    try {
      both.start();
      await until('that is said', () => both.state.differing !== undefined);
      expect(both.state.differing).toBe('replica 0 is at hypervisor x, replica 1 is at hypervisor y');
      const describe = { method: 'describe', request: {}, subject: 'u', kind: 'read', correlationId: 'c' } as const;
      const refused = await both.channel.call({ ...describe, signal: new AbortController().signal });
      expect(refused).toMatchObject({ ok: false, failure: { message: expect.stringContaining('no instance') } });
      expect([...server.tokens, ...second.tokens]).toEqual([]);
      second.info = { ...second.info, hypervisorId: 'x' };
      await both.look();
      expect(both.state.differing).toBeUndefined();
      await until('the inventory is followed', () => server.tokens.length + second.tokens.length === 1);
    } finally {
      await both.stop();
      await second.stop();
    }
  });

  it('what one said of its hypervisor long ago is asked again when another contradicts it', async () => {
    const second = await ScriptedServer.start();
    try {
      server.info = { ...server.info, hypervisorId: 'old' };
      await list();
      server.info = { ...server.info, hypervisorId: 'new' };
      second.info = { ...second.info, hypervisorId: 'new' };
      connection.setEndpoints([
        { name: '0', address: server.address },
        { name: '1', address: second.address },
      ]);
      await until('both are at the new one', () => {
        const { ready, differing, info } = connection.state;
        return ready === 2 && differing === undefined && info?.hypervisorId === 'new';
      });
    } finally {
      await connection.stop();
      await second.stop();
    }
  });

  it('a hypervisor that is back is asked who it is before it is believed', async () => {
    server.info = { ...server.info, hypervisorId: 'x' };
    await list();
    server.serving(ServingStatus.NOT_SERVING);
    await until('it is gone', () => connection.state.health.kind === 'NotServing');
    server.info = { ...server.info, hypervisorId: 'y' };
    const release = server.holdInfo();
    server.serving(ServingStatus.SERVING);
    await until('it is asked', () => server.terms.length === 2);
    expect(connection.state.health.kind).toBe('NotServing');
    release();
    await until('it is back', () => connection.state.health.kind === 'Serving');
    expect(connection.state.info?.hypervisorId).toBe('y');
  });

  it('a hypervisor that is back, and of which nobody says who it is, is not believed', async () => {
    server.info = { ...server.info, hypervisorId: 'x' };
    await list();
    server.serving(ServingStatus.NOT_SERVING);
    await until('it is gone', () => connection.state.health.kind === 'NotServing');
    server.info = { ...server.info, hypervisorId: 'y' };
    server.infoRefusals = 1;
    server.serving(ServingStatus.SERVING);
    await until('it was asked, and asked anew', () => {
      expect(connection.state).not.toMatchObject({ health: { kind: 'Serving' } });
      return server.terms.length === 3;
    });
    server.serving(ServingStatus.SERVING);
    await until('it is back', () => connection.state.health.kind === 'Serving');
    expect(connection.state.info?.hypervisorId).toBe('y');
  });

  it('P52 one that left may know a task for as long as it drains, and may begin what it was sent', async () => {
    const second = await ScriptedServer.start();
    const clock = new VirtualClock();
    const both = connect([{ name: '0', address: server.address }], undefined, clock);
    const send = (method: 'power' | 'taskStatus', kind: 'read' | 'mutation') =>
      both.channel.call({
        method,
        kind,
        request: {},
        subject: 'u',
        correlationId: 'c',
        signal: new AbortController().signal,
        timeoutMs: 60_000,
      });
    const known = async () => {
      const reply = await send('taskStatus', 'read');
      return reply.ok ? 'known' : reply.failure.reason;
    };
    try {
      both.start();
      await until('it is connected', () => both.state.ready === 1);
      expect(await known()).toBe('TASK_ABSENT');
      await send('power', 'mutation');
      both.setEndpoints([{ name: '0', address: second.address }]);
      await until('the other is connected', () => both.state.ready === 1);
      clock.advance(64_999);
      expect(await known()).toBe('TASK_UNCERTAIN');
      clock.advance(1);
      expect(await known()).toBe('TASK_ABSENT');
    } finally {
      await both.stop();
      await second.stop();
    }
  });

  it('P16 an instance that is no longer named is left, its streams are closed', async () => {
    await list();
    connection.setEndpoints([]);
    await until('nothing is open', () => server.openStreams === 0, undefined, 5_000);
    expect(connection.state).toMatchObject({ ready: 0, reach: { kind: 'Connecting' } });
  });
});
