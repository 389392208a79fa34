import type { ChildProcess } from 'node:child_process';
import { spawn } from 'node:child_process';
import { chown, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connectLibvirt } from '../src/index.ts';
import { eventually } from './eventually.ts';

/** The daemon that private instances are started from. */
export const LIBVIRTD = '/usr/sbin/libvirtd';

/** User of the daemon when the suite runs as root: a daemon of root's would be the host's own. */
const NOBODY = 65_534;

/** A libvirtd of this suite alone, as an ordinary user's session daemon, with its state in a temporary directory. */
export class PrivateLibvirtd {
  readonly directory: string;
  readonly socketPath: string;
  #process: ChildProcess;

  private constructor(directory: string, process: ChildProcess) {
    this.directory = directory;
    this.socketPath = join(directory, 'run/libvirt/libvirt-sock');
    this.#process = process;
  }

  /** Starts one, with settings of libvirtd.conf if need be, and waits until it answers. */
  static async start(settings = ''): Promise<PrivateLibvirtd> {
    const directory = await mkdtemp(join(tmpdir(), 'libvirt-client-'));
    await mkdir(join(directory, 'config/libvirt'), { recursive: true });
    await writeFile(join(directory, 'config/libvirt/libvirtd.conf'), settings);
    if (isRoot()) await giveToNobody(directory);
    const daemon = new PrivateLibvirtd(directory, run(directory));
    await daemon.ready();
    return daemon;
  }

  /** Waits until it answers. */
  async ready(): Promise<void> {
    await eventually('the private libvirtd answers', async () => {
      const connection = await connectLibvirt({ uri: 'test:///default', socketPath: this.socketPath });
      await connection.close();
      return true;
    });
  }

  signal(signal: NodeJS.Signals): void {
    this.#process.kill(signal);
  }

  /** Ends it as a crash would, and waits until it is gone. */
  async kill(): Promise<void> {
    const gone = new Promise((resolve) => this.#process.once('exit', resolve));
    if (this.#process.exitCode !== null || this.#process.signalCode !== null) return;
    this.#process.kill('SIGKILL');
    await gone;
  }

  /** Starts it again after {@link PrivateLibvirtd.kill}. */
  async restart(): Promise<void> {
    await rm(this.socketPath, { force: true });
    this.#process = run(this.directory);
    await this.ready();
  }

  /** Ends it and removes what it left. */
  async stop(): Promise<void> {
    this.#process.kill('SIGCONT');
    await this.kill();
    await rm(this.directory, { recursive: true, force: true });
  }
}

async function giveToNobody(directory: string): Promise<void> {
  for (const path of ['', 'config', 'config/libvirt']) await chown(join(directory, path), NOBODY, NOBODY);
}

function isRoot(): boolean {
  return process.getuid?.() === 0;
}

function run(directory: string): ChildProcess {
  return spawn(LIBVIRTD, [], {
    cwd: directory,
    stdio: 'ignore',
    env: {
      PATH: '/usr/sbin:/usr/bin:/sbin:/bin',
      HOME: directory,
      XDG_RUNTIME_DIR: join(directory, 'run'),
      XDG_CONFIG_HOME: join(directory, 'config'),
      XDG_CACHE_HOME: join(directory, 'cache'),
    },
    ...(isRoot() ? { uid: NOBODY, gid: NOBODY } : {}),
  });
}
