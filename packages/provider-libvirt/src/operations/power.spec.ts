import { describe, expect, it } from '@jest/globals';
import { DomainState, ErrorCode, ErrorDomain, LibvirtError } from '@virtrigaud/libvirt-client';
import { aCall, FakeDomain } from '../testing/fake-domain.ts';
import { powerVm } from './power.ts';

/** A domain whose reboots are counted; each meets its `outcome`, if there is one left. */
function rebooting(...outcomes: readonly (Error | undefined)[]) {
  const left = [...outcomes];
  const asked: string[] = [];
  const domain: FakeDomain = new FakeDomain({
    domainReboot: async () => {
      asked.push(domain.metadata);
      const outcome = left.shift();
      if (outcome) throw outcome;
    },
  });
  const reboot = (id: string) => powerVm(domain.host, { vm: domain.vm(), operation: 'Reboot' }, aCall(id));
  return { asked, reboot };
}

const answered = (code: number) =>
  new LibvirtError({
    kind: 'libvirt',
    outcome: 'refused',
    message: 'no',
    detail: { code, domain: ErrorDomain.qemu, level: 2, int1: 0, int2: 0 },
  });
const lost = () => new LibvirtError({ kind: 'lost', outcome: 'unknown', message: 'gone' });

describe('a start', () => {
  it('is preceded by the autostart: killed in between, it is asked for again', async () => {
    const done: string[] = [];
    const domain = new FakeDomain({
      domainGetState: async () => ({ state: DomainState.off, reason: 0 }),
      domainSetAutostart: async (_domain, { autostart }) => {
        done.push(`autostart ${String(autostart)}`);
      },
      domainCreate: async (ref) => {
        done.push('start');
        return ref;
      },
    });
    await powerVm(domain.host, { vm: domain.vm(), operation: 'On' }, aCall('on'));
    expect(done).toEqual(['autostart true', 'start']);
  });
});

describe('a domain that is paused since it is starting up', () => {
  const startingUp = 11;
  const running = { state: DomainState.running, reason: 1 };
  /** It runs once the call that waits for its start is made. */
  function startingDomain(
    outcome: { readonly resume?: Error; readonly then?: { state: number; reason: number } } = {},
  ) {
    const asked: string[] = [];
    let state = { state: DomainState.paused as number, reason: startingUp };
    const domain = new FakeDomain({
      domainGetState: async () => state,
      domainSetAutostart: async () => undefined,
      domainSuspend: async () => {
        asked.push('suspend');
      },
      domainResume: async () => {
        asked.push('resume');
        state = outcome.then ?? running;
        if (outcome.resume) throw outcome.resume;
      },
    });
    const power = (operation: 'On' | 'Resume' | 'Suspend') =>
      powerVm(domain.host, { vm: domain.vm(), operation }, aCall(operation));
    return { asked, power };
  }

  it('is suspended all the same: it would run in a moment', async () => {
    const { asked, power } = startingDomain();
    await power('Suspend');
    expect(asked).toEqual(['suspend']);
  });

  it.each(['On', 'Resume'] as const)('%s is done where its start was faster', async (operation) => {
    const { asked, power } = startingDomain({ resume: answered(ErrorCode.operationInvalid) });
    await power(operation);
    expect(asked).toEqual(['resume']);
  });

  it.each(['On', 'Resume'] as const)('%s is not done where its start failed', async (operation) => {
    const then = { state: DomainState.off, reason: 0 };
    const { power } = startingDomain({ resume: answered(ErrorCode.operationInvalid), then });
    await expect(power(operation)).rejects.toMatchObject({ reason: 'WRONG_STATE' });
  });

  it('a suspended one is suspended', async () => {
    const suspend = async () => Promise.reject(new Error('asked'));
    const domain = new FakeDomain({
      domainGetState: async () => ({ state: DomainState.paused, reason: 1 }),
      domainSuspend: suspend,
    });
    await powerVm(domain.host, { vm: domain.vm(), operation: 'Suspend' }, aCall('suspend'));
  });
});

describe('a reboot', () => {
  it('happens once for each operation, whose id is at the hypervisor before', async () => {
    const { asked, reboot } = rebooting();
    for (const id of ['a', 'a', 'b', 'a', 'b']) await reboot(id);
    expect(asked).toEqual([expect.stringContaining('"a"'), expect.stringContaining('"b"')]);
  });

  it('is not done again when its answer was lost', async () => {
    const { asked, reboot } = rebooting(lost());
    await expect(reboot('a')).rejects.toMatchObject({ reason: 'HYPERVISOR_UNREACHABLE' });
    await reboot('a');
    expect(asked).toHaveLength(1);
  });

  it('is not done again when the agent stayed silent: it may have heard', async () => {
    const { asked, reboot } = rebooting(answered(ErrorCode.agentUnresponsive));
    await expect(reboot('a')).rejects.toThrow();
    await reboot('a');
    expect(asked).toHaveLength(1);
  });

  it('that libvirt refused is not called done the next time', async () => {
    const { asked, reboot } = rebooting(answered(ErrorCode.operationInvalid));
    await expect(reboot('a')).rejects.toMatchObject({ reason: 'WRONG_STATE' });
    await reboot('a');
    expect(asked).toHaveLength(2);
  });
});
