import { describe, expect, it } from '@jest/globals';
import { ContractError } from '@virtrigaud/grpc-contract/client';
import { createLogger, Registry } from '@virtrigaud/service-kit';
import { Writable } from 'node:stream';
import { aCreateRequest, aMutation, anOwner, aSpec, withServedProvider } from '../src/testing/index.ts';
import { eventsUntil, eventually } from './client-calls.ts';
import { ScriptedHypervisor } from './scripted-hypervisor.ts';

const timeoutMs = 5_000;
const owner = anOwner('web');
const canary = 'canary-5f1c';

describe('secrets', () => {
  it('P44 reach the provider, and nothing that it writes down, answers or shows', async () => {
    const hypervisor = new ScriptedHypervisor();
    const registry = new Registry();
    let output = '';
    const destination = new Writable({
      write: (chunk: Buffer, _encoding, done) => {
        output += chunk.toString();
        done();
      },
    });
    const logger = createLogger({ level: 'debug', format: 'json', name: 'test', destination });
    let password = `${canary}-first`;
    const listeners = new Set<() => void>();
    const credentials = {
      current: () => ({ password }),
      onChange: (listener: () => void) => {
        listeners.add(listener);
        return () => listeners.delete(listener);
      },
    };
    const init = {
      userData: Buffer.from(`password: ${canary}`),
      metaData: Buffer.from(''),
      networkConfig: Buffer.from(''),
    };
    const spec = aSpec(owner, { guestInit: { kind: { $case: 'cloudInit', value: init } } });
    const answers: unknown[] = [];
    await withServedProvider(hypervisor.provider, { credentials, logger, registry }, async ({ client }) => {
      const note = async (call: Promise<unknown>) => {
        answers.push(
          await call.catch((error: unknown) => (error instanceof ContractError ? error.message : String(error))),
        );
      };
      await note(client.create(aCreateRequest(owner, { spec }), { timeoutMs }));
      const wrong = aSpec(owner, { ...spec, compute: { cpus: 0, memoryBytes: 1n } });
      await note(client.create(aCreateRequest(owner, { spec: wrong }), { timeoutMs }));
      await note(client.describe({ owner }, { timeoutMs }));
      hypervisor.longCreate = async (task) => {
        task.progress({ stage: 'copying' });
        throw new Error('no space');
      };
      const mutation = aMutation(owner, 'create', { operationId: 'long' });
      await note(client.create(aCreateRequest(owner, { spec, mutation }), { timeoutMs }));
      await note(eventsUntil(client, ({ $case }) => $case === 'bookmark'));
      password = `${canary}-second`;
      for (const listener of listeners) listener();
      await eventually(
        () => hypervisor.sessions.length,
        (count) => count === 2,
      );
      hypervisor.refusal = new Error('refused');
      hypervisor.sessions[1]?.lose(new Error('socket closed'));
      await note(client.validate({}, { timeoutMs }));
    });
    expect(hypervisor.sessions.map((session) => session.password)).toEqual([`${canary}-first`, `${canary}-second`]);
    const text = (_key: string, value: unknown) => (typeof value === 'bigint' ? String(value) : value);
    const written = [output, JSON.stringify(answers, text), await registry.metrics()].join('\n');
    expect(written).toContain('the credentials have changed');
    expect(written).not.toContain(canary);
    expect(written).not.toContain(Buffer.from(`password: ${canary}`).toString('base64'));
  });
});
