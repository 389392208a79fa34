/**
 * Whether KVM runs guests on this host. Neither /dev/kvm nor libvirt's capabilities tell: on some hosts a guest starts and never
 * executes. So the demo guest is booted once, and what it shows within a bounded time decides.
 *
 * usage: node tools/libvirt/virt-type.js      prints kvm or qemu
 */
import { spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { SetupError, asCommand, cacheFolder, progress, tryRun, waitFor, withTextFile } from './program.js';

const URI = 'qemu:///system';
const LIMIT_MS = 30_000;

const virsh = (...args) => tryRun('virsh', ['-q', '-c', URI, ...args], { timeoutMs: LIMIT_MS });

/** Makes the demo guest if it is not there yet, and answers the path of its image. */
export function ensureGuest() {
  const script = join(dirname(fileURLToPath(import.meta.url)), 'guest.sh');
  const done = spawnSync('bash', [script], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] });
  if (done.status !== 0) throw new SetupError('the demo guest could not be made; what went wrong is above');
  return done.stdout.trim().split('\n').at(-1);
}

function probeXml(name, disk) {
  return `<domain type='kvm'><name>${name}</name><memory unit='MiB'>256</memory><vcpu>1</vcpu>
<os><type arch='x86_64' machine='q35'>hvm</type></os><features><acpi/></features><devices>
<disk type='file' device='disk'><driver name='qemu' type='qcow2'/><source file='${disk}'/><target dev='vda' bus='virtio'/></disk>
<serial type='pty'/><channel type='unix'><target type='virtio' name='org.qemu.guest_agent.0'/></channel></devices></domain>`;
}

/** 'runs' once the guest's agent answers, 'stopped' when the guest is not running any more, undefined meanwhile. */
function observe(name) {
  if (!virsh('domstate', name).stdout.startsWith('running')) return 'stopped';
  return virsh('dumpxml', name).stdout.includes("state='connected'") ? 'runs' : undefined;
}

async function probe(image, folder) {
  const name = `virtrigaud-kvm-probe-${process.pid}`;
  const disk = join(folder, `${name}.qcow2`);
  copyFileSync(image, disk);
  try {
    const created = withTextFile(probeXml(name, disk), (path) => virsh('create', path));
    if (!created.ok) {
      const why = created.timedOut
        ? `libvirt did not answer within ${LIMIT_MS / 1000} s`
        : created.stderr.trim().split('\n')[0];
      progress(`a KVM guest does not start: ${why}`);
      return 'qemu';
    }
    const seen = await waitFor(() => observe(name), { timeoutMs: LIMIT_MS, intervalMs: 500 });
    if (seen === 'runs') return 'kvm';
    progress(
      seen === 'stopped'
        ? 'the KVM guest stopped before it could run'
        : `the KVM guest showed no life within ${LIMIT_MS / 1000} s`,
    );
    return 'qemu';
  } finally {
    virsh('destroy', name);
    rmSync(disk, { force: true });
  }
}

/**
 * 'kvm' where it runs guests, else 'qemu'. Found out once a boot of the host and remembered; takes up to a minute where KVM hangs.
 *
 * @param folder - where the guest's disk may lie for as long as it is tried: one that QEMU can reach, such as the pool's.
 */
export async function findVirtType({ folder = '/var/lib/libvirt/images' } = {}) {
  if (!existsSync('/dev/kvm')) return 'qemu';
  const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
  const memory = join(cacheFolder(), `virt-type-${boot}`);
  if (existsSync(memory)) return readFileSync(memory, 'utf8').trim();
  progress(`finding out whether KVM runs guests here (at most a minute, once)`);
  const found = await probe(ensureGuest(), folder);
  mkdirSync(cacheFolder(), { recursive: true });
  writeFileSync(memory, `${found}\n`);
  return found;
}

asCommand(import.meta.url, () => findVirtType());
