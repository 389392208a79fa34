import { describe, expect, it } from '@jest/globals';
import { Code, ContractError, PowerOp, type ProviderClient } from '@virtrigaud/grpc-contract/client';
import type { CapabilityName, Check } from '../check.ts';
import { ConformanceError } from '../check-failure.ts';
import { parseProfile } from '../profile.ts';
import { cleanUp } from './clean-up.ts';
import { Ledger } from './ledger.ts';
import { runCheck } from './run-check.ts';
import type { Scene } from './scene.ts';
import { whyNotRun } from './why-not-run.ts';

const parsed = parseProfile({ settleSeconds: 1 });
if (!parsed.ok) throw new Error(parsed.problem);
const { profile } = parsed;

const aCheck = (run: Check['run'], rest: Partial<Check> = {}): Check => ({
  id: 'claim/test',
  title: 'a test',
  proves: 'Nothing.',
  run,
  ...rest,
});

function run(body: (scene: Scene) => Promise<void>, client: Partial<ProviderClient> = {}, rest: Partial<Check> = {}) {
  const parts = {
    client: client as ProviderClient,
    profile,
    backdoor: {},
    ledger: new Ledger(),
    clusterId: 'c',
    namespace: 'n',
    preparedImage: undefined,
    signal: new AbortController().signal,
  };
  return runCheck(aCheck(body, rest), parts);
}

const refusing = (code: Code, reason: string) => () =>
  Promise.reject(new ContractError({ code, reason, message: 'no' }));

describe('a check', () => {
  it('that holds nothing against an answer has failed, since it proved nothing', async () => {
    const result = await run(async () => undefined);
    expect(result).toMatchObject({ outcome: 'failed', proofs: 0, finding: { came: 'an end without' } });
  });
  it('does not pass on an accepted call alone', async () => {
    const describe = async () => ({ vm: undefined });
    const result = await run(async (scene) => void scene.verdict.accepted(await scene.calls.send('describe', {})), {
      describe,
    });
    expect(result).toMatchObject({ outcome: 'failed', proofs: 0 });
  });
  it('passes when what it expects is so', async () => {
    const result = await run(async (scene) => scene.verdict.holds({ holds: true, expected: 'this', came: 'this' }));
    expect(result).toMatchObject({ outcome: 'passed', proofs: 1 });
  });
  it('says what was sent, what was expected and what came', async () => {
    const result = await run(
      async (scene) => {
        const outcome = await scene.calls.send('describe', { id: 'a' });
        scene.verdict.refused(outcome, { code: Code.NOT_FOUND, reason: 'VM_ABSENT', because: 'it is not there' });
      },
      { describe: refusing(Code.UNAVAILABLE, 'HYPERVISOR_UNREACHABLE') },
    );
    expect(result).toMatchObject({
      outcome: 'failed',
      finding: {
        sent: 'Describe {"id":"a"}',
        expected: 'NOT_FOUND with reason VM_ABSENT, since it is not there',
        came: 'UNAVAILABLE, reason HYPERVISOR_UNREACHABLE, "no"',
      },
    });
  });
  it('is not run when the provider says that it cannot do that at all', async () => {
    const power = refusing(Code.UNIMPLEMENTED, 'CAPABILITY_MISSING');
    const result = await run(async (scene) => void scene.verdict.accepted(await scene.power(scene.owner(), 1)), {
      power,
    });
    expect(result).toMatchObject({ outcome: 'not-run', reason: expect.stringContaining('no') });
  });
  it('does not hold how a call has to be refused against a provider that never does what it asks for', async () => {
    const power = refusing(Code.UNIMPLEMENTED, 'CAPABILITY_MISSING');
    const result = await run(
      async (scene) => {
        const outcome = await scene.calls.send('power', {});
        scene.verdict.refused(outcome, { code: Code.INVALID_ARGUMENT, because: 'no operation is named' });
      },
      { power },
    );
    expect(result).toMatchObject({ outcome: 'not-run', proofs: 0, reason: expect.stringContaining('no') });
  });
  it.each([
    { because: 'that is what it has to answer', code: Code.UNIMPLEMENTED, outcome: 'passed' },
    { because: 'another code with that reason does not say so', code: Code.INTERNAL, outcome: 'failed' },
  ])('is run on when a call is refused as not implemented, since $because', async ({ code, outcome }) => {
    const result = await run(
      async (scene) => {
        const answer = await scene.calls.send('power', {});
        scene.verdict.refused(answer, {
          code: Code.UNIMPLEMENTED,
          reason: 'CAPABILITY_MISSING',
          because: 'it does no such thing',
        });
      },
      { power: refusing(code, 'CAPABILITY_MISSING') },
    );
    expect(result).toMatchObject({ outcome, proofs: 1 });
  });
  it.each<{
    readonly because: string;
    readonly ask: (scene: Scene) => Promise<void>;
    readonly capability: CapabilityName;
  }>([
    {
      because: 'Adopt is what ADOPT announces',
      ask: async ({ calls, verdict }) => void verdict.accepted(await calls.send('adopt', {})),
      capability: 'ADOPT',
    },
    {
      because: 'also what is wrong with an Adopt has to be looked at',
      ask: async ({ calls, verdict }) =>
        void verdict.refused(await calls.send('adopt', {}), { code: Code.INVALID_ARGUMENT, because: 'it has no id' }),
      capability: 'ADOPT',
    },
    {
      because: 'disks of a running VM are what DISK_HOTPLUG announces',
      ask: async ({ calls, verdict }) =>
        void verdict.accepted(await calls.send('reconfigure', { updateMask: ['tags', 'disks'] })),
      capability: 'DISK_HOTPLUG',
    },
    {
      because: 'a suspended VM is what SUSPEND announces',
      ask: async ({ calls, verdict }) => void verdict.accepted(await calls.send('power', { op: PowerOp.SUSPEND })),
      capability: 'SUSPEND',
    },
  ])('fails a provider that does not do what it announces, since $because', async ({ ask, capability }) => {
    const no = refusing(Code.UNIMPLEMENTED, 'CAPABILITY_MISSING');
    const client = { adopt: no, reconfigure: no, power: no };
    const result = await run(ask, client, { capability });
    expect(result).toMatchObject({
      outcome: 'failed',
      finding: {
        expected: `that it is done, as the provider announces ${capability}`,
        came: 'UNIMPLEMENTED, reason CAPABILITY_MISSING, "no"',
      },
    });
  });
  it('is not run when the provider does not do what it does not announce, though it announces what the check is about', async () => {
    const result = await run(
      async ({ calls, verdict }) => void verdict.accepted(await calls.send('power', { op: PowerOp.REBOOT })),
      { power: refusing(Code.UNIMPLEMENTED, 'CAPABILITY_MISSING') },
      { capability: 'SUSPEND' },
    );
    expect(result.outcome).toBe('not-run');
  });
  it('that throws something of its own has failed', async () => {
    const result = await run(() => Promise.reject(new TypeError('a bug')));
    expect(result).toMatchObject({ outcome: 'failed', finding: { came: 'TypeError: a bug' } });
  });
  it('may not use a back door that it did not ask for', async () => {
    const result = await run(async (scene) => void (await scene.behind('removeVm')('a')));
    expect(result).toMatchObject({ outcome: 'failed', finding: { came: expect.stringContaining('removeVm') } });
  });
});

describe('what keeps a check from being run', () => {
  it('is a capability, or a hand that is not there', () => {
    const needs = aCheck(async () => undefined, { capability: 'ADOPT', backdoor: ['copyVm', 'removeVm'] });
    expect(whyNotRun(needs, [], {})).toContain('ADOPT');
    expect(whyNotRun(needs, ['ADOPT'], { removeVm: async () => undefined })).toContain("backdoor's copyVm");
    expect(whyNotRun(needs, ['ADOPT'], { copyVm: async () => '', removeVm: async () => undefined })).toBeUndefined();
  });
});

describe('cleaning up', () => {
  it('goes on after what cannot be removed, and says what is left', async () => {
    const removed: string[] = [];
    const ledger = new Ledger();
    const owner = { clusterId: 'c', namespace: 'n', name: 'one', uid: 'u', kind: 'VirtualMachine' };
    ledger.undo.push(() => Promise.reject(new Error('stays cut off')));
    ledger.foreignIds.push('foreign');
    ledger.owners.push(owner);
    const client = {
      delete: refusing(Code.FAILED_PRECONDITION, 'WRONG_STATE'),
      describe: async () => ({ vm: { id: 'left' } }),
    } as unknown as ProviderClient;
    const backdoor = { removeVm: async (id: string) => void removed.push(id) };
    const left = await cleanUp({ client, profile, backdoor }, ledger);
    expect(removed).toEqual(['foreign']);
    expect(left).toEqual([
      expect.stringContaining('stays cut off'),
      expect.stringContaining('uid u): FAILED_PRECONDITION'),
    ]);
  });
  it('is content only when the provider calls the VM absent', async () => {
    const ledger = new Ledger();
    ledger.owners.push({ clusterId: 'c', namespace: 'n', name: 'one', uid: 'u', kind: 'VirtualMachine' });
    const client = {
      delete: async () => ({ task: undefined }),
      describe: refusing(Code.NOT_FOUND, 'VM_ABSENT'),
    } as unknown as ProviderClient;
    expect(await cleanUp({ client, profile, backdoor: {} }, ledger)).toEqual([]);
  });
});

describe('the one error', () => {
  it('says all of a finding in its message', () => {
    const finding = { sent: 'A', expected: 'B', came: 'C' };
    expect(new ConformanceError({ kind: 'failed', finding }).message).toBe('expected B; came C; sent A');
  });
});
