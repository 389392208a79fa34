import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { Report } from '@virtrigaud/conformance';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Certificates } from '../../packages/provider-sdk/integration/certificates.ts';
import { run } from '../src/workspace.ts';
import { openMockLab, type MockLab } from './fixtures/mock-lab.ts';

const packageRoot = new URL('../../packages/conformance/', import.meta.url);
const main = fileURLToPath(new URL('src/main.ts', packageRoot));
const command = ['--conditions=@virtrigaud/source', main];

describe('virtrigaud-conformance, the program', () => {
  let lab: MockLab;
  let directory: string;
  beforeEach(async () => {
    lab = await openMockLab();
    directory = await mkdtemp(join(tmpdir(), 'virtrigaud-conformance-'));
  });
  afterEach(async () => {
    await lab.close();
    await rm(directory, { recursive: true, force: true });
  });

  const conformance = (...args: readonly string[]) =>
    run(process.execPath, [...command, '--address', lab.address, ...args]);

  it('passes a provider, and reports for machines on stdout and for people on stderr', async () => {
    const { code, stdout, stderr } = await conformance(
      '--json',
      '--only',
      'claim',
      '--only',
      'identity/foreign-has-no-owner',
    );
    const report = JSON.parse(stdout) as Report;
    expect(code).toBe(0);
    expect(report).toMatchObject({
      ok: true,
      failed: 0,
      notRun: 2,
      provider: { type: 'mock' },
      suite: { contract: 1 },
    });
    expect(report.checks.find(({ id }) => id === 'claim/made-at-the-hypervisor')).toMatchObject({
      outcome: 'not-run',
      reason: "it needs the backdoor's listVmIds",
    });
    expect(stderr).toContain('pass claim/bears-the-stamp');
    expect(stderr).toContain(`${String(report.passed)} passed, 0 failed, 2 not run`);
    expect(await lab.hypervisor.vms()).toEqual([]);
  });

  it('fails a provider that breaks a promise, and says what was sent, expected and came', async () => {
    await lab.hypervisor.addFaults({
      id: 'no-power',
      point: 'power',
      effect: { kind: 'fail', code: 'FailedPrecondition', reason: 'WRONG_STATE', message: 'never' },
    });
    const { code, stdout } = await conformance('--only', 'idempotency/off-of-a-stopped-vm');
    expect(code).toBe(1);
    expect(stdout).toMatch(/FAIL idempotency\/off-of-a-stopped-vm/);
    expect(stdout).toMatch(/sent: +Create .*then Power/);
    expect(stdout).toMatch(/expected: that it succeeds\n +came: +FAILED_PRECONDITION, reason WRONG_STATE, "never"/);
    expect(await lab.hypervisor.vms()).toEqual([]);
  });

  it('removes what it made when it is interrupted, and ends with 130', async () => {
    await lab.hypervisor.setKnobs({ copyMs: 20_000 });
    const child = spawn(process.execPath, [...command, '--address', lab.address, '--only', 'claim'], {
      stdio: 'ignore',
    });
    const exited = once(child, 'exit');
    while ((await lab.hypervisor.vms()).length === 0) await new Promise((resolve) => setTimeout(resolve, 20));
    child.kill('SIGINT');
    const [code] = (await exited) as [number | null];
    expect(code).toBe(130);
    expect(await lab.hypervisor.vms()).toEqual([]);
    expect(await lab.hypervisor.volumes()).toEqual([]);
  });

  it('removes, when asked, what a killed run left, and nothing that is not its own', async () => {
    await lab.hypervisor.setKnobs({ copyMs: 2_000 });
    const child = spawn(process.execPath, [...command, '--address', lab.address, '--only', 'claim'], {
      stdio: 'ignore',
    });
    const exited = once(child, 'exit');
    while (!(await lab.hypervisor.vms()).some(({ lifecycle }) => lifecycle === 'ready')) {
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    child.kill('SIGKILL');
    await exited;
    const owner = { clusterId: 'production', namespace: 'n', name: 'web', uid: 'u-1', kind: 'VirtualMachine' };
    const { id } = await lab.hypervisor.define({ name: 'conformance-look-alike', owner });
    const { code, stdout } = await conformance('--remove-leftovers');
    expect(code).toBe(0);
    expect(stdout).toMatch(/removed VM .*"conformance-/);
    expect((await lab.hypervisor.vms()).map((vm) => vm.id)).toEqual([id]);
    expect((await conformance('--remove-leftovers')).stdout).toBe('earlier runs left nothing\n');
  });

  it('takes a hand of programs, in any language', async () => {
    const hand = join(directory, 'hand.sh');
    const ids = `grep -rhoE '[0-9a-f]{8}-[0-9a-f-]{27}' ${join(lab.hypervisor.directory, 'vms')}`;
    await writeFile(hand, `#!/bin/sh\necho "$@" >> ${join(directory, 'asked')}\n${ids}\n`);
    await chmod(hand, 0o755);
    const profile = join(directory, 'profile.json');
    await writeFile(profile, JSON.stringify({ backdoor: { listVmIds: [hand, 'list'] } }));
    const { code, stdout } = await conformance('--profile', profile, '--only', 'claim/made-at-the-hypervisor');
    expect(stdout).toContain('1 passed, 0 failed, 0 not run');
    expect(code).toBe(0);
    expect(await readFile(join(directory, 'asked'), 'utf8')).toBe('list\n');
  });

  it.each([
    ['a check that is not there', ['--only', 'claim/no-such'], 'there is no check or group claim/no-such'],
    ['a profile that is not there', ['--profile', '/no/such/file'], 'ENOENT'],
    [
      'a provider that does not answer',
      ['--address', 'unix:/no/such/socket', '--profile', 'PROFILE'],
      'does not answer GetProviderInfo',
    ],
  ])('ends with 2 for %s', async (_what, args, words) => {
    const profile = join(directory, 'profile.json');
    await writeFile(profile, JSON.stringify({ callSeconds: 1 }));
    const { code, stderr } = await conformance(...args.map((arg) => (arg === 'PROFILE' ? profile : arg)));
    expect(stderr).toContain(words);
    expect(code).toBe(2);
  });

  it('lists its checks', async () => {
    const { code, stdout } = await run(process.execPath, [...command, '--list']);
    expect(code).toBe(0);
    expect(stdout.split('\n').length).toBeGreaterThan(40);
  });
});

describe('virtrigaud-conformance, over mutual TLS', () => {
  it('is admitted with the right certificate, and says why it is not with another', async () => {
    const certificates = new Certificates();
    let lab: MockLab | undefined;
    try {
      certificates.issue('provider', 'DNS:acme-provider');
      certificates.issue('manager', 'DNS:virtrigaud-manager');
      certificates.issue('other', 'DNS:somebody');
      const files = (name: string) => ['--tls-ca', 'ca.pem', '--tls-cert', `${name}.pem`, '--tls-key', `${name}.key`];
      const full = (name: string) => files(name).map((arg) => (arg.startsWith('--') ? arg : certificates.path(arg)));
      lab = await openMockLab(['--host', '127.0.0.1', '--port', '0', ...full('provider')]);
      const address = ['--address', lab.address, '--tls-server-name', 'acme-provider', '--only', 'claim/as-asked'];
      const admitted = await run(process.execPath, [...command, ...address, ...full('manager')]);
      expect(admitted.stdout).toContain('1 passed, 0 failed, 0 not run');
      expect(admitted.code).toBe(0);
      const refused = await run(process.execPath, [...command, ...address, ...full('other')]);
      expect(refused.stderr).toMatch(
        /PERMISSION_DENIED, reason NOT_ADMITTED, .*DNS:somebody, not for virtrigaud-manager/,
      );
      expect(refused.code).toBe(2);
    } finally {
      await lab?.close();
      certificates.remove();
    }
  });
});

describe('the README', () => {
  it('has a program that runs', async () => {
    const lab = await openMockLab();
    try {
      const readme = await readFile(new URL('README.md', packageRoot), 'utf8');
      const sample = (/```ts\n([^]*?)```/.exec(readme)?.[1] ?? '').replace(
        'parsed.profile,',
        "parsed.profile,\n    checks: (await import('@virtrigaud/conformance')).allChecks.slice(0, 3),",
      );
      const args = ['--conditions=@virtrigaud/source', '--input-type=module-typescript', '--eval', sample];
      const { code, stdout } = await run(process.execPath, args, {
        cwd: fileURLToPath(packageRoot),
        env: { ...process.env, ADDRESS: lab.address },
      });
      expect(stdout).toContain('3 passed, 0 failed, 0 not run');
      expect(code).toBe(0);
    } finally {
      await lab.close();
    }
  });

  it('names every flag, every key of a profile and every program of a hand', async () => {
    const [readme, options, profile] = await Promise.all(
      ['README.md', 'src/cli/options.ts', 'src/profile.ts'].map((path) => readFile(new URL(path, packageRoot), 'utf8')),
    );
    const flags = [...(options ?? '').matchAll(/^ {2}(--[a-z-]+)/gm)].map(([, flag]) => flag ?? '');
    const keys = [...(profile ?? '').matchAll(/^ {2,6}(\w+): (?:z|text|image|command)\b/gm)].map(
      ([, key]) => key ?? '',
    );
    expect(flags.length).toBeGreaterThan(8);
    expect(keys.length).toBeGreaterThan(14);
    expect([...flags, ...keys].filter((word) => word !== '--help' && !(readme ?? '').includes(word))).toEqual([]);
  });
});
