/**
 * A libvirt daemon on this host: a running one if there is one, else virtlogd and libvirtd, started as they are (no systemd
 * needed, no configuration changed; on a host without udev, /dev/kvm is prepared as kvm-device.js says).
 *
 * usage: node tools/libvirt/daemon.js [ensure | status | stop]      stop ends only what an earlier `ensure` started
 */
import { spawn } from 'node:child_process';
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { prepareKvmDevice } from './kvm-device.js';
import { SetupError, asCommand, progress, stateFolder, waitFor } from './program.js';

const SOCKETS = ['/run/libvirt/libvirt-sock', '/run/libvirt/virtqemud-sock'];
const PROGRAMS = [
  { name: 'virtlogd', path: '/usr/sbin/virtlogd', socket: '/run/libvirt/virtlogd-sock' },
  { name: 'libvirtd', path: '/usr/sbin/libvirtd', socket: SOCKETS[0] },
];
const READY_TIMEOUT_MS = 30_000;
const STOP_TIMEOUT_MS = 15_000;

const record = () => join(stateFolder(), 'libvirt-daemons.json');

/** Whether something accepts connections on a unix socket: 'yes', 'no' or, when we may not connect, 'denied'. */
function accepts(path) {
  return new Promise((resolve) => {
    const socket = connect(path);
    socket.once('connect', () => {
      socket.destroy();
      resolve('yes');
    });
    socket.once('error', (error) => resolve(error.code === 'EACCES' || error.code === 'EPERM' ? 'denied' : 'no'));
  });
}

/** The socket of a daemon that answers, or undefined. Throws when there is one that this user may not use. */
export async function runningLibvirtd() {
  for (const path of SOCKETS) {
    const answer = await accepts(path);
    if (answer === 'yes') return path;
    if (answer === 'denied') {
      throw new SetupError(
        `${path} refuses this user: run as root, or join the group that owns it (\`sudo usermod -aG libvirt $USER\`, then log in again)`,
      );
    }
  }
  return undefined;
}

/** When the process began, in clock ticks since boot, so that a pid used again is not taken for the old one; undefined when gone. */
function startTime(pid) {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return fields[0] === 'Z' ? undefined : fields[19];
  } catch {
    return undefined;
  }
}

async function start({ name, path, socket }) {
  if ((await accepts(socket)) === 'yes') return undefined;
  if (!existsSync(path))
    throw new SetupError(`${path} is not installed: run \`node tools/libvirt/packages.js install\``);
  mkdirSync(stateFolder(), { recursive: true });
  const logFile = join(stateFolder(), `${name}.log`);
  const log = openSync(logFile, 'a');
  const child = spawn(path, [], { detached: true, stdio: ['ignore', log, log], cwd: '/' });
  closeSync(log);
  const failed = new Promise((resolve) => {
    child.once('error', (error) => resolve(error.message));
    child.once('exit', (code, signal) => resolve(`it ended with ${signal ?? `code ${code}`}`));
  });
  let why;
  failed.then((reason) => (why = reason));
  const ready = await waitFor(async () => why !== undefined || (await accepts(socket)) === 'yes', {
    timeoutMs: READY_TIMEOUT_MS,
    intervalMs: 50,
  });
  if (why !== undefined || !ready) {
    if (child.pid && why === undefined) process.kill(child.pid, 'SIGTERM');
    throw new SetupError(
      `${name} does not listen on ${socket}: ${why ?? `nothing within ${READY_TIMEOUT_MS / 1000} s`}; its words are in ${logFile}`,
    );
  }
  child.unref();
  progress(`started ${name} (pid ${child.pid})`);
  return { name, pid: child.pid, startTime: startTime(child.pid) };
}

function recorded() {
  try {
    return JSON.parse(readFileSync(record(), 'utf8')).filter(({ pid, startTime: then }) => startTime(pid) === then);
  } catch (error) {
    if (error.code === 'ENOENT') return [];
    throw error;
  }
}

/**
 * Makes sure that a libvirt daemon answers. Idempotent.
 * Answers its socket and the daemons that this very call started: give these to `stopLibvirtd` and no others are touched.
 */
export async function ensureLibvirtd() {
  prepareKvmDevice();
  const socket = await runningLibvirtd();
  if (socket) return { socket, started: [] };
  if (process.getuid?.() !== 0) {
    throw new SetupError(
      'no libvirt daemon answers and only root can start one: run as root, or `sudo systemctl start libvirtd`',
    );
  }
  const started = [];
  for (const program of PROGRAMS) {
    const daemon = await start(program);
    if (!daemon) continue;
    started.push(daemon);
    writeFileSync(record(), JSON.stringify([...recorded(), daemon]));
  }
  return { socket: SOCKETS[0], started };
}

/** Ends daemons that `ensureLibvirtd` started, the last first, and waits until they are gone. Guests go on running. */
export async function stopLibvirtd(started) {
  for (const { name, pid, startTime: then } of [...started].reverse()) {
    if (startTime(pid) !== then) continue;
    process.kill(pid, 'SIGTERM');
    const gone = await waitFor(() => startTime(pid) !== then, { timeoutMs: STOP_TIMEOUT_MS });
    if (!gone) throw new SetupError(`${name} (pid ${pid}) is still running ${STOP_TIMEOUT_MS / 1000} s after SIGTERM`);
    progress(`stopped ${name} (pid ${pid})`);
  }
  const left = recorded();
  if (left.length > 0) writeFileSync(record(), JSON.stringify(left));
  else rmSync(record(), { force: true });
}

asCommand(import.meta.url, async ([verb = 'ensure']) => {
  if (verb === 'ensure') return ensureLibvirtd();
  if (verb === 'status') return { socket: (await runningLibvirtd()) ?? null, startedHere: recorded() };
  if (verb === 'stop') return stopLibvirtd(recorded());
  throw new SetupError(`unknown verb ${verb}; usage: node tools/libvirt/daemon.js [ensure | status | stop]`);
});
