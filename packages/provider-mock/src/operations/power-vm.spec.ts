import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { Power } from '../hypervisor/records.ts';
import { testHypervisor, unguarded } from '../testing/with-hypervisor.ts';
import type { TestHypervisor } from '../testing/with-hypervisor.ts';
import { powerVm } from './power-vm.ts';
import type { PowerAction } from './power-vm.ts';

describe('powerVm', () => {
  let test: TestHypervisor;
  beforeEach(async () => {
    test = await testHypervisor();
  });
  afterEach(() => test.remove());

  const act = (action: PowerAction, operationId = 'op') =>
    powerVm(test.host, action, { id: 'uid-web', ownerUid: 'uid-web', operationId, ...unguarded });

  const rows: [Power, PowerAction, Power | 'WrongState'][] = [
    ['on', 'on', 'on'],
    ['on', 'off', 'off'],
    ['on', 'shutdown', 'off'],
    ['on', 'reboot', 'on'],
    ['on', 'reset', 'on'],
    ['on', 'suspend', 'suspended'],
    ['on', 'resume', 'on'],
    ['off', 'on', 'on'],
    ['off', 'off', 'off'],
    ['off', 'shutdown', 'off'],
    ['off', 'reboot', 'WrongState'],
    ['off', 'reset', 'WrongState'],
    ['off', 'suspend', 'WrongState'],
    ['off', 'resume', 'WrongState'],
    ['suspended', 'on', 'on'],
    ['suspended', 'off', 'off'],
    ['suspended', 'shutdown', 'WrongState'],
    ['suspended', 'reboot', 'WrongState'],
    ['suspended', 'reset', 'WrongState'],
    ['suspended', 'suspend', 'suspended'],
    ['suspended', 'resume', 'on'],
    ['crashed', 'on', 'on'],
    ['crashed', 'off', 'off'],
    ['crashed', 'shutdown', 'WrongState'],
    ['crashed', 'reboot', 'WrongState'],
  ];
  it.each(rows)('P78 what is %s is, asked to %s, %s', async (from, action, expected) => {
    await test.create();
    await test.truth.change('uid-web', { power: from });
    const result = await act(action).then(
      ({ power }) => power,
      (error: { code: string }) => error.code,
    );
    expect(result).toBe(expected);
    expect((await test.truth.vm('uid-web'))?.power).toBe(expected === 'WrongState' ? from : expected);
  });

  it('boots anew once for each reboot that was asked for', async () => {
    await test.create();
    await test.host.change('uid-web', (vm) => ({ ...vm, bootedAt: 1 }));
    const first = (await act('reboot', 'r1')).bootedAt;
    expect(first).toBeGreaterThan(1);
    await test.host.change('uid-web', (vm) => ({ ...vm, bootedAt: 2 }));
    expect((await act('reboot', 'r1')).bootedAt).toBe(2);
    expect((await act('reboot', 'r2')).bootedAt).toBeGreaterThan(2);
  });

  it('lets a guest take its time to shut down, or not do it at all', async () => {
    await test.create();
    await test.truth.setKnobs({ shutdownMs: 600_000 });
    const asked = await act('shutdown');
    expect(asked).toMatchObject({ power: 'on', offAt: expect.any(Number) });
    expect((await act('shutdown')).offAt).toBe(asked.offAt);
    await act('off');
    await act('on');
    expect((await test.truth.vm('uid-web'))?.offAt).toBeUndefined();
    await test.truth.setKnobs({ ignoreShutdown: true, shutdownMs: 0 });
    expect(await act('shutdown')).toMatchObject({ power: 'on' });
  });

  it('shows a guest that shut down by itself, though no process was there', async () => {
    await test.create();
    await test.host.change('uid-web', (vm) => ({ ...vm, offAt: Date.now() - 1 }));
    expect(await test.truth.vm('uid-web')).toMatchObject({ power: 'off', powerReason: 'guest-shutdown' });
    expect(await act('on')).toMatchObject({ power: 'on' });
  });

  it('takes what was set for the next start into effect at it', async () => {
    const vm = await test.create();
    await test.host.change(vm.id, (current) => ({ ...current, configured: { ...current.configured, cpus: 7 } }));
    expect((await test.truth.vm(vm.id))?.live?.cpus).toBe(1);
    await act('off');
    expect((await act('on')).live?.cpus).toBe(7);
  });

  it('P01 leaves alone what is no longer its owner’s', async () => {
    await test.create();
    const vm = await test.truth.change('uid-web', { owner: null });
    await expect(act('off')).rejects.toMatchObject({ code: 'NotOwner' });
    expect(await test.truth.vm('uid-web')).toEqual(vm);
  });

  it('P01 leaves a copy alone, whose stamp is not its own', async () => {
    await test.create();
    const copy = await test.truth.copy('uid-web', 'copy');
    const call = { id: copy.id, ownerUid: 'uid-web', operationId: 'op', ...unguarded };
    await expect(powerVm(test.host, 'off', call)).rejects.toMatchObject({ code: 'NotOwner' });
    expect(await test.truth.vm('copy')).toEqual(copy);
  });

  it('says what is not there', async () => {
    await expect(act('on')).rejects.toMatchObject({ code: 'NoSuchVm' });
  });
});
