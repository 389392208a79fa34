/**
 * From a clone to a running virtual machine: says what it will do, asks once, does it, shows the machine come up. usage: npm start
 * Runs on Node 18 without dependencies, since it installs them.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { ensureDependencies, run } from './bootstrap.js';
import { ensureLibvirtd } from './libvirt/daemon.js';
import { ensureNetwork, poolFolder } from './libvirt/network.js';
import { ensurePackages } from './libvirt/packages.js';
import { SetupError, cacheFolder } from './libvirt/program.js';
import { ensureGuest, findVirtType } from './libvirt/virt-type.js';
import { placeImage } from './start/image.js';
import { mock, quickstart } from './start/manifests.js';
import { recordIdentity } from './start/identity.js';
import { readOptions, usage } from './start/options.js';
import { agreed, planOf, whyNot } from './start/plan.js';
import { record, recorded } from './start/record.js';
import { dataDirectory, exists, runningKubeconfig, startUp, virtrigaud, watchUntilReady } from './start/virtrigaud.js';

const READY_WITHIN_MS = 300_000;
const step = (text) => console.log(`\n==> ${text}`);

async function main() {
  const options = readOptions(process.argv.slice(2));
  if (options.kind === 'help') return console.log(usage);
  if (options.kind === 'wrong') throw new SetupError(`${options.why}\n\n${usage}`);
  const impossible = options.provider === 'libvirt' ? whyNot() : undefined;
  if (impossible) throw new SetupError(impossible);

  console.log(`This will\n${(await planOf(options)).map((line) => `  ${line}`).join('\n')}\n`);
  if (!options.yes && !(await agreed('Go on?'))) return console.log('Nothing was changed.');
  ensureDependencies();
  step('building');
  run('tsc', ['-b', 'tsconfig.build.json']);
  const manifests = await manifestsFor(options);
  await bringUp(options, manifests);
}

async function manifestsFor({ provider, name, pool }) {
  const making = (thing) => record(dataDirectory(), thing);
  recordDirectories(making);
  if (provider === 'mock') {
    // Beside the hypervisors that others have named.
    const all = join(dataDirectory(), 'mock');
    const directory = join(all, 'npm-start');
    for (const path of [all, directory]) if (!existsSync(path)) making({ kind: 'directory', path });
    return mock({ name, directory });
  }
  step('libvirt, a pool, a network and a guest image');
  const packages = ensurePackages();
  if (packages.length > 0) making({ kind: 'packages', names: packages });
  const { started } = await ensureLibvirtd();
  if (started.length > 0) making({ kind: 'daemons', started });
  ensureNetwork({ name: pool, making });
  recordIdentity(making);
  const isCached = existsSync(cacheFolder());
  const guest = ensureGuest();
  if (!isCached) making({ kind: 'cache', path: cacheFolder() });
  const imagePath = placeImage(guest, { pool, making });
  return quickstart({ name, pool, imagePath, virtType: await findVirtType({ folder: poolFolder(pool) }) });
}

/** The data directory and what `up` makes in it, as far as they are not there yet. The outer one first: it goes last. */
function recordDirectories(making) {
  const data = dataDirectory();
  const isNew = !existsSync(data) || recorded(data).some(({ path }) => path === data);
  if (isNew) making({ kind: 'directory', path: data });
  else if (!existsSync(join(data, 'up'))) making({ kind: 'directory', path: join(data, 'up') });
}

async function bringUp({ provider, name, untilReady }, manifests) {
  step('virtrigaud up');
  const running = runningKubeconfig();
  if (running) console.log(`it runs already: ${running}`);
  const up = running ? undefined : await startUp({ outlives: untilReady });
  const interrupted = new AbortController();
  process.once('SIGINT', () => interrupted.abort());
  process.once('SIGTERM', () => interrupted.abort());
  let isUp = false;
  try {
    if (exists(name)) console.log(`${name} is there already: nothing is created`);
    else {
      record(dataDirectory(), { kind: 'machine', name });
      console.log(virtrigaud(['apply', '-f', '-'], manifests).trim());
    }
    step(`virtrigaud get vm ${name} -w${provider === 'mock' ? '   (a mock: no real machine is made)' : ''}`);
    const vm = await watchUntilReady(name, {
      timeoutMs: READY_WITHIN_MS,
      show: console.log,
      signal: interrupted.signal,
    });
    isUp = vm !== undefined;
    if (!vm && !interrupted.signal.aborted) {
      console.log(virtrigaud(['describe', 'vm', name]));
      throw new SetupError(`${name} is not Ready within ${READY_WITHIN_MS / 1000} s: what holds it back is above`);
    }
    if (vm) console.log(farewell({ vm, name, provider, untilReady, pid: up?.pid }));
    if (up && !untilReady) await Promise.race([up.exited, aborted(interrupted.signal)]);
  } finally {
    // A person who interrupts, or a failure, leaves nothing of ours behind; the machine runs on.
    if (up && !(untilReady && isUp)) {
      up.stop();
      await up.exited;
    }
  }
}

function farewell({ vm, name, provider, untilReady, pid }) {
  const [ip] = vm.status.ips;
  return [
    '',
    provider === 'mock'
      ? `${name} is Ready. It is a mock: its address ${ip} reaches nobody.`
      : `${name} is Ready: ping ${ip}`,
    '',
    'Next' + (untilReady ? '' : ', in another terminal') + ':',
    `  npx virtrigaud get vm -o wide`,
    `  npx virtrigaud describe vm ${name}`,
    `  npx virtrigaud power off ${name}`,
    `  npx virtrigaud delete vm ${name}`,
    '  export KUBECONFIG=$(npx virtrigaud kubeconfig)    then kubectl works, too',
    '',
    untilReady
      ? `The API server and the manager run on${pid ? ` (pid ${pid}; end them with: kill ${pid})` : ''}.`
      : 'Ctrl-C stops the API server and the manager; the machine runs on, and the next start finds it.',
  ].join('\n');
}

const aborted = (signal) =>
  new Promise((resolve) => {
    if (signal.aborted) resolve();
    signal.addEventListener('abort', resolve, { once: true });
  });

main().catch((error) => {
  console.error(error instanceof SetupError ? `\n${error.message}` : error);
  process.exitCode = 1;
});
