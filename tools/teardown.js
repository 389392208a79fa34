/**
 * Takes away just what `npm start` has made: its machines, what the provider keeps for them, the pool, the network, the state, the
 * daemons. usage: npm run teardown [-- --yes]
 * What was there before, what others have made since, installed packages and this workspace stay.
 */
import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { stopLibvirtd } from './libvirt/daemon.js';
import { removeNatNetwork, removePool } from './libvirt/network.js';
import { installCommand } from './libvirt/packages.js';
import { SetupError, stateFolder, tryRun } from './libvirt/program.js';
import { removeIdentity } from './start/identity.js';
import { agreed } from './start/plan.js';
import { forget, recorded } from './start/record.js';
import { dataDirectory, runningKubeconfig, startUp, virtrigaud } from './start/virtrigaud.js';

const usage = `npm run teardown -- [flags]

Takes away what npm start has made on this machine, and nothing else.

  -y, --yes   do not ask
  --help      this text
`;

/** What is said of each thing; undefined for what goes along with another. */
const sayings = {
  machine: ({ name }) => `delete   the virtual machine "${name}", with its disks`,
  image: ({ path }) => `delete   ${path}, and the provider's copies of it`,
  pool: ({ name }) => `delete   the storage pool "${name}"`,
  network: ({ name }) => `delete   the network "${name}"`,
  identity: ({ name }) => `delete   the network "${name}", which marks the hypervisor, unless other machines are left`,
  daemons: ({ started }) => `stop     ${started.map((daemon) => daemon.name).join(', ')}`,
  cache: ({ path }) => `delete   ${path}, the guest image`,
  directory: ({ path }) => `delete   ${path}`,
  packages: ({ names }) => `keep     installed packages: ${names.join(' ')}`,
};

async function main() {
  const [flag, ...rest] = process.argv.slice(2);
  if (flag === '--help' || flag === '-h') return console.log(usage);
  if (rest.length > 0 || (flag !== undefined && flag !== '-y' && flag !== '--yes'))
    throw new SetupError(`unknown argument ${rest[0] ?? flag}\n\n${usage}`);
  const data = dataDirectory();
  // The last first: what was made later may stand on what was made before.
  const made = recorded(data).reverse();
  if (made.length === 0) return console.log(`npm start has made nothing that is still there (${data}/start.json)`);
  console.log(`This will\n${made.map((one) => `  ${sayings[one.kind](one)}`).join('\n')}\n`);
  if (flag === undefined && !(await agreed('Go on?'))) return console.log('Nothing was changed.');
  await removeMachines(made, data);
  const left = [];
  for (const one of made.filter(({ kind }) => kind !== 'machine')) {
    if (await remove(one)) forget(data, one);
    else left.push(sayings[one.kind](one));
  }
  console.log(left.length === 0 ? 'All is gone.' : `Not done:\n${left.map((line) => `  ${line}`).join('\n')}`);
  for (const { names } of made.filter(({ kind }) => kind === 'packages'))
    console.log(
      `Packages stay. To remove them: ${installCommand(names).replace('install', 'remove').replace(' --no-install-recommends', '')}`,
    );
}

/** Deletes the machines by way of their API server, then ends that one when its state goes, too. */
async function removeMachines(made, data) {
  const names = made.filter(({ kind }) => kind === 'machine').map(({ name }) => name);
  const up = join(data, 'up');
  const isStateOurs = made.some(({ kind, path }) => kind === 'directory' && (path === data || path === up));
  if (!existsSync(join(up, 'apiserver'))) return;
  const started = runningKubeconfig() ? undefined : await startUp({ outlives: false });
  try {
    refuseOthers(names, isStateOurs);
    for (const name of names) {
      virtrigaud(['delete', 'vm', name, '--ignore-not-found', '--timeout', '5m', '--yes']);
      forget(data, { kind: 'machine', name });
    }
    removeCopies(made);
    if (isStateOurs) virtrigaud(['down', '--state', up]);
  } finally {
    started?.stop();
    await started?.exited;
  }
}

/** The state goes as a whole: whoever put a machine of their own into it decides about that first. */
function refuseOthers(names, isStateOurs) {
  if (!isStateOurs) return;
  const { items } = JSON.parse(virtrigaud(['get', 'vm', '-A', '-o', 'json']));
  const others = items
    .filter(({ metadata }) => metadata.namespace !== 'default' || !names.includes(metadata.name))
    .map(({ metadata }) => `${metadata.namespace}/${metadata.name}`);
  if (others.length > 0) {
    throw new SetupError(
      `these machines were not made by npm start: ${others.join(', ')}. Delete them with \`npx virtrigaud delete vm NAME -n NAMESPACE\`, then run this again; nothing was changed`,
    );
  }
}

/** Removes what the provider has prepared of our images: it keeps a copy for each VMImage. */
function removeCopies(made) {
  const { items } = JSON.parse(virtrigaud(['get', 'vmimg', '-A', '-o', 'json']));
  for (const { path, pool } of made.filter(({ kind }) => kind === 'image')) {
    const uids = items.filter(({ spec }) => spec.source.libvirt?.path === path).map(({ metadata }) => metadata.uid);
    for (const name of uids.flatMap((uid) => [`vr-img-${uid}.qcow2`, `vr-img-${uid}.qcow2.ok`]))
      tryRun('virsh', ['-q', '-c', 'qemu:///system', 'vol-delete', '--pool', pool, name]);
  }
}

/** Takes one thing away; what is gone already is no failure. Answers whether it is gone. */
async function remove(one) {
  if (one.kind === 'image' || one.kind === 'directory' || one.kind === 'cache')
    rmSync(one.path, { recursive: true, force: true });
  else if (one.kind === 'pool') removePool(one.name);
  else if (one.kind === 'network') removeNatNetwork(one.name);
  else if (one.kind === 'identity') return removeIdentity(one.name);
  else if (one.kind === 'daemons') {
    await stopLibvirtd(one.started);
    for (const { name } of one.started) rmSync(join(stateFolder(), `${name}.log`), { force: true });
  }
  return true;
}

main().catch((error) => {
  console.error(error instanceof SetupError ? `\n${error.message}` : error);
  process.exitCode = 1;
});
