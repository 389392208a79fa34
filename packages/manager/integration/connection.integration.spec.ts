import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import {
  Code,
  ContractError,
  HealthCheckResponse_ServingStatus as ServingStatus,
} from '@virtrigaud/grpc-contract/client';
import { silentLogger, systemClock, systemRandom } from '@virtrigaud/kube-runtime';
import { ProviderConnection } from '../src/connection/provider-connection.ts';
import { ScriptedServer } from './stack/scripted-server.ts';
import { until } from './stack/until.ts';

describe('ProviderConnection', () => {
  let server: ScriptedServer;
  let connection: ProviderConnection;
  let term = 3;
  let raise: (() => Promise<void>)[] = [];

  beforeEach(async () => {
    server = await ScriptedServer.start();
    term = 3;
    raise = [];
    connection = new ProviderConnection({
      endpoints: [{ name: '0', address: server.address }],
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
        breaker: () => undefined,
        hangs: () => undefined,
      },
      metrics: { started: () => undefined, finished: () => undefined },
      clock: systemClock,
      random: systemRandom,
      logger: silentLogger,
      newCorrelationId: () => 'c1',
    });
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
});
