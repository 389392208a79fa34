import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { chown, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** The daemon that is started. */
export const LIBVIRTD = '/usr/sbin/libvirtd';
/** An ordinary user: a daemon of root's would be the host's own. */
const NOBODY = 65_534;

/** A libvirtd of one test, as a user's session daemon, which may be killed and started again. */
export class OwnLibvirtd {
  readonly #directory: string;
  #process: ChildProcess | undefined;

  private constructor(directory: string) {
    this.#directory = directory;
  }

  /** Makes one that is not started yet. */
  static async make(): Promise<OwnLibvirtd> {
    const directory = await mkdtemp(join(tmpdir(), 'vr-libvirtd-'));
    await mkdir(join(directory, 'config/libvirt'), { recursive: true });
    await writeFile(join(directory, 'config/libvirt/libvirtd.conf'), '');
    if (isRoot())
      for (const path of ['', 'config', 'config/libvirt']) await chown(join(directory, path), NOBODY, NOBODY);
    return new OwnLibvirtd(directory);
  }

  get socketPath(): string {
    return join(this.#directory, 'run/libvirt/libvirt-sock');
  }

  /** Starts it. That it listens is seen by asking it. */
  async start(): Promise<void> {
    await rm(this.socketPath, { force: true });
    const within = (path: string) => join(this.#directory, path);
    this.#process = spawn(LIBVIRTD, [], {
      cwd: this.#directory,
      stdio: 'ignore',
      env: {
        PATH: '/usr/sbin:/usr/bin:/sbin:/bin',
        HOME: this.#directory,
        XDG_RUNTIME_DIR: within('run'),
        XDG_CONFIG_HOME: within('config'),
        XDG_CACHE_HOME: within('cache'),
      },
      ...(isRoot() ? { uid: NOBODY, gid: NOBODY } : {}),
    });
  }

  /** Ends it as a crash would, and waits until it is gone. */
  async kill(): Promise<void> {
    const process = this.#process;
    this.#process = undefined;
    if (!process || process.exitCode !== null || process.signalCode !== null) return;
    const gone = once(process, 'exit');
    process.kill('SIGKILL');
    await gone;
  }

  /** Ends it, and removes what it left. */
  async close(): Promise<void> {
    await this.kill();
    await rm(this.#directory, { recursive: true, force: true });
  }
}

const isRoot = (): boolean => process.getuid?.() === 0;
