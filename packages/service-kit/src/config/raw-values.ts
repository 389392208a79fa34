import { parseArgs } from 'node:util';
import type { Option } from './options.ts';
import type { ConfigSources } from './read-config.ts';

/** What was given, before the schema judges it. */
export interface RawValues {
  readonly values: Readonly<Record<string, unknown>>;
  /** Which flag or variable a value came from, by key. */
  readonly origins: ReadonlyMap<string, string>;
  readonly problems: readonly string[];
  readonly help: boolean;
}

/** Collects the settings from variables and, over them, from flags. */
export function rawValues(options: readonly Option[], { argv, env }: ConfigSources): RawValues {
  const given = new Map<string, { readonly text: string; readonly origin: string }>();
  for (const { key, variable } of options) {
    const text = env[variable];
    // An empty variable is how manifests leave one out.
    if (text !== undefined && text !== '') given.set(key, { text, origin: variable });
  }
  const flags = readFlags(options, argv);
  for (const [option, text] of flags.given) given.set(option.key, { text, origin: option.flag });

  const values: Record<string, unknown> = {};
  const problems = [...flags.problems];
  for (const option of options) {
    const found = given.get(option.key);
    if (!found) continue;
    const value = valueOf(option, found.text);
    if (value === undefined) problems.push(`${found.origin} must be ${expected[option.type]}; see --help`);
    else values[option.key] = value;
  }
  return { values, origins: new Map([...given].map(([key, { origin }]) => [key, origin])), problems, help: flags.help };
}

const expected = { number: 'a number', boolean: 'true or false', text: 'text', list: 'a list' } satisfies Record<
  Option['type'],
  string
>;

function readFlags(options: readonly Option[], argv: readonly string[]) {
  const { tokens } = parseArgs({
    args: [...argv],
    options: {
      help: { type: 'boolean', short: 'h' },
      ...Object.fromEntries(
        options.map(({ flag, type }) => [flag.slice(2), { type: type === 'boolean' ? 'boolean' : 'string' } as const]),
      ),
    },
    strict: false,
    tokens: true,
  });
  const given = new Map<Option, string>();
  const problems: string[] = [];
  let help = false;
  for (const token of tokens) {
    if (token.kind === 'positional') problems.push(`an argument without a flag is not understood; see --help`);
    if (token.kind !== 'option') continue;
    if (token.name === 'help') help = true;
    const option = options.find(({ flag }) => flag.slice(2) === token.name);
    if (!option && token.name !== 'help') problems.push(`${token.rawName} is no flag of this program; see --help`);
    if (!option) continue;
    if (token.value === undefined && option.type !== 'boolean')
      problems.push(`${option.flag} needs a value; see --help`);
    else {
      // A list may be given in several flags; of anything else the last one counts.
      const before = option.type === 'list' ? given.get(option) : undefined;
      given.set(option, before === undefined ? (token.value ?? 'true') : `${before},${token.value ?? ''}`);
    }
  }
  return { given, problems, help };
}

function valueOf(option: Option, text: string): unknown {
  switch (option.type) {
    case 'text':
      return text;
    case 'list':
      return text.split(',').map((item) => item.trim());
    case 'number':
      return text.trim() === '' || Number.isNaN(Number(text)) ? undefined : Number(text);
    case 'boolean':
      return /^(true|1|yes|on)$/i.test(text) ? true : /^(false|0|no|off)$/i.test(text) ? false : undefined;
  }
}
