/** What `npm start` can be told, after `--`. */
export const usage = `npm start -- [flags]

Brings up VirtRigaud on this machine with one virtual machine, and shows it come up.

  -y, --yes             do not ask before installing and starting things
  --provider NAME       libvirt (a real machine) or mock (no hypervisor; nothing real is made); default: libvirt
  --name NAME           name of the virtual machine; default: hello
  --pool NAME           name of the storage pool and of the network, made when they are not there; default: virtrigaud
  --until-ready         exit once the machine is Ready and has an address; the API server and the manager run on
  --help                this text
`;

const NAME = /^[a-z0-9]([-a-z0-9]{0,48}[a-z0-9])?$/;

/**
 * Reads the flags.
 *
 * @param {readonly string[]} argv arguments after the program's name
 * @returns {{ kind: 'run', yes: boolean, provider: 'libvirt' | 'mock', name: string, pool: string, untilReady: boolean } | { kind: 'help' } | { kind: 'wrong', why: string }}
 */
export function readOptions(argv) {
  const options = {
    kind: 'run',
    yes: false,
    provider: 'libvirt',
    name: 'hello',
    pool: 'virtrigaud',
    untilReady: false,
  };
  const rest = argv.flatMap((word) =>
    /^--\w[^=]*=/.test(word) ? [word.slice(0, word.indexOf('=')), word.slice(word.indexOf('=') + 1)] : [word],
  );
  while (rest.length > 0) {
    const flag = rest.shift();
    if (flag === '--help' || flag === '-h') return { kind: 'help' };
    else if (flag === '-y' || flag === '--yes') options.yes = true;
    else if (flag === '--until-ready') options.untilReady = true;
    else if (flag === '--provider' || flag === '--name' || flag === '--pool') {
      const value = rest.shift();
      if (value === undefined) return { kind: 'wrong', why: `${flag} needs a value` };
      options[flag.slice(2)] = value;
    } else return { kind: 'wrong', why: `unknown argument ${flag}` };
  }
  if (options.provider !== 'libvirt' && options.provider !== 'mock') {
    return { kind: 'wrong', why: `--provider ${options.provider}: choose libvirt or mock` };
  }
  for (const flag of ['name', 'pool']) {
    if (!NAME.test(options[flag]))
      return { kind: 'wrong', why: `--${flag} ${options[flag]}: use lower-case letters, digits and -` };
  }
  return options;
}
