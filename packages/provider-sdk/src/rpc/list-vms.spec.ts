import { describe, expect, it } from '@jest/globals';
import { ListVMsRequest, type ServerCall } from '@virtrigaud/grpc-contract/server';
import { createMemoryLogger } from '@virtrigaud/service-kit';
import type { VmState } from '../domain/vm-state.ts';
import type { Runtime } from '../runtime.ts';
import { ListVms } from './list-vms.ts';

const call = {} as ServerCall;

/** Lists of a hypervisor with so many VMs, each with so long a question. */
function aLister(count: number, questionLength = 0) {
  let now = 0;
  async function* listVms(): AsyncGenerator<VmState> {
    for (let n = 0; n < count; n += 1) {
      const id = `v${String(n)}`;
      yield { id, name: id, power: 'On', cpus: 1, memoryBytes: 1, question: 'x'.repeat(questionLength) };
    }
  }
  const runtime = {
    instanceId: 'here',
    logger: createMemoryLogger(),
    keeper: { use: async (work: (session: undefined) => Promise<unknown>) => work(undefined) },
    implementation: { listVms },
  } as unknown as Runtime;
  const lists = new ListVms(runtime, () => now);
  return {
    page: (pageSize: number, pageToken = '') => lists.page(ListVMsRequest.fromPartial({ pageSize, pageToken }), call),
    pass: (ms: number) => {
      now += ms;
    },
  };
}

describe('ListVms', () => {
  it('P58 fills a page to 2 MiB at most, and with one VM at least', async () => {
    const large = await aLister(5, 800_000).page(500);
    expect(large.vms).toHaveLength(2);
    const huge = await aLister(2, 3_000_000).page(500);
    expect([huge.vms.length, huge.nextPageToken]).toEqual([1, 'here.1.1']);
  });

  it('keeps a list for five minutes after it was last asked for', async () => {
    const { page, pass } = aLister(3);
    const { nextPageToken } = await page(2);
    pass(300_000);
    await page(2, nextPageToken);
    pass(300_000);
    expect((await page(2, nextPageToken)).vms).toHaveLength(1);
    pass(300_001);
    await expect(page(2, nextPageToken)).rejects.toMatchObject({ reason: 'INVALID_FIELD' });
  });

  it('keeps sixteen lists, and forgets the oldest first', async () => {
    const { page } = aLister(3);
    const tokens: string[] = [];
    for (let n = 0; n < 17; n += 1) tokens.push((await page(2)).nextPageToken);
    await expect(page(2, tokens[0])).rejects.toMatchObject({ reason: 'INVALID_FIELD' });
    expect((await page(2, tokens[1])).vms).toHaveLength(1);
  });

  it.each(['there.1.2', 'here.9.2', 'here.1.x', 'here'])('refuses the token %s', async (token) => {
    const { page } = aLister(3);
    await page(2);
    await expect(page(2, token)).rejects.toMatchObject({ fieldViolations: [{ field: 'page_token' }] });
  });
});
