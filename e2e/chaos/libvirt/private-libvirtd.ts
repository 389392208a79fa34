import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { connectLibvirt, type LibvirtConnection } from '@virtrigaud/libvirt-client';
import { endsWithThisProcess } from '../process/daemon.ts';

/** What libvirt keeps where, and what is put there instead for this one. */
const places = { run: '/run', lib: '/var/lib', etc: '/etc', log: '/var/log', cache: '/var/cache' } as const;
/** Where every one of them has its pool, as it sees that itself. */
export const poolPath = '/var/lib/libvirt/images';
const pool = `<pool type='dir'><name>default</name><target><path>${poolPath}</path></target></pool>`;
const startDeadlineMs = 60_000;

/**
 * A system libvirtd of its own beside the host's: in a mount and a network namespace where libvirt's directories are others, so that
 * its machines, pools and networks are its own, and it may be killed and started again. Its guests stay off. Takes root.
 */
export class PrivateLibvirtd {
  readonly #directory: string;
  /** Keeps both namespaces while the daemon is down, as a host keeps its bridges. */
  #keeper: ChildProcess | undefined;
  #process: ChildProcess | undefined;
  #said = '';

  private constructor(directory: string) {
    this.#directory = directory;
  }

  /** Makes one, with a pool and a network `default`, which is not started yet. */
  static async make(directory: string): Promise<PrivateLibvirtd> {
    const etc = join(directory, 'etc');
    for (const place of Object.keys(places)) await mkdir(join(directory, place), { recursive: true });
    await mkdir(join(directory, 'lib', 'images'));
    const own = 'security_driver = "none"\ncgroup_controllers = []\nnamespaces = []\nuser = "root"\ngroup = "root"\n';
    await writeFile(join(etc, 'qemu.conf'), `stdio_handler = "file"\nremember_owner = 0\n${own}`);
    await writeFile(join(etc, 'libvirtd.conf'), 'auth_unix_rw = "none"\nunix_sock_group = "root"\n');
    await define(etc, 'storage', pool);
    await define(etc, 'qemu/networks', "<network><name>default</name><bridge name='vr-chaos0' stp='off'/></network>");
    return new PrivateLibvirtd(directory);
  }

  get socketPath(): string {
    return join(this.#directory, 'run', 'libvirt-sock');
  }

  /** Where the volumes of the pool `default` lie, seen from here. */
  get volumesPath(): string {
    return join(this.#directory, 'lib', 'images');
  }

  /** Starts it, and waits until it answers. */
  async start(): Promise<void> {
    if (this.#process) return;
    await rm(this.socketPath, { force: true });
    this.#keeper ??= await this.#makeNamespaces();
    const within = ['--target', String(this.#keeper.pid), '--mount', '--net'];
    const child = spawn('nsenter', [...within, '/usr/sbin/libvirtd', '-p', '/run/libvirt/own.pid'], {
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    this.#process = child;
    endsWithThisProcess(child);
    child.stderr.on('data', (chunk: Buffer) => (this.#said = (this.#said + chunk.toString()).slice(-4_000)));
    child.once('exit', () => {
      if (this.#process === child) this.#process = undefined;
    });
    const deadline = performance.now() + startDeadlineMs;
    for (;;) {
      try {
        const connection = await this.connect();
        await connection.close();
        return;
      } catch (error) {
        // Killed while it started: that is what was wanted.
        if (child.killed) return;
        if (this.#process !== child || performance.now() > deadline)
          throw new Error(`a libvirtd of its own does not answer: ${this.#said}`, { cause: error });
        await delay(100);
      }
    }
  }

  /** A way to it past every provider. */
  connect(): Promise<LibvirtConnection> {
    return connectLibvirt({ uri: 'qemu:///system', socketPath: this.socketPath });
  }

  /** SIGKILL. Resolves once it is gone. */
  async kill(): Promise<void> {
    const child = this.#process;
    this.#process = undefined;
    await end(child);
  }

  /** Ends it, and leaves nothing of it. */
  async close(): Promise<void> {
    await this.kill();
    await end(this.#keeper);
    this.#keeper = undefined;
  }

  async #makeNamespaces(): Promise<ChildProcess> {
    const mounts = Object.entries(places).map(
      ([name, place]) => `mount --bind ${join(this.#directory, name)} ${place}/libvirt`,
    );
    const script = ['ip link set lo up', ...mounts, 'echo made', 'exec sleep infinity'].join(' && ');
    const keeper = spawn('unshare', ['--mount', '--net', 'sh', '-c', script], { stdio: ['ignore', 'pipe', 'inherit'] });
    endsWithThisProcess(keeper);
    const [first] = (await Promise.race([once(keeper.stdout, 'data'), once(keeper, 'exit')])) as [unknown];
    if (String(first).trim() !== 'made') throw new Error(`no namespaces for a libvirtd of its own: ${String(first)}`);
    return keeper;
  }
}

async function end(child: ChildProcess | undefined): Promise<void> {
  if (!child || child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, 'exit');
  child.kill('SIGKILL');
  await gone;
}

/** A definition that is started with the daemon. */
async function define(etc: string, below: string, xml: string): Promise<void> {
  await mkdir(join(etc, below, 'autostart'), { recursive: true });
  await writeFile(join(etc, below, 'default.xml'), xml);
  await symlink(join('/etc/libvirt', below, 'default.xml'), join(etc, below, 'autostart', 'default.xml'));
}
