import type { z } from 'zod';
import { deepFreeze } from './deep-freeze.ts';
import { optionsOf } from './options.ts';
import { rawValues } from './raw-values.ts';
import { usageText } from './usage-text.ts';

/** Where a program's configuration comes from. */
export interface ConfigSources {
  /** Arguments after the program's name. */
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  /** What environment variables begin with: `VIRTRIGAUD_RUNTIME` makes `endpoint` `VIRTRIGAUD_RUNTIME_ENDPOINT`. */
  readonly prefix: string;
  /** First lines of `--help`: how to call the program, and what it is. */
  readonly usage: string;
}

/** What came of it: a frozen configuration, the text that `--help` asked for, or everything that is wrong. */
export type ConfigResult<Config> =
  | { readonly kind: 'config'; readonly config: Config }
  | { readonly kind: 'help'; readonly text: string }
  | { readonly kind: 'invalid'; readonly problems: readonly string[] };

/**
 * Reads a program's configuration. Each member `logLevel` of the schema is the flag `--log-level` and the variable
 * `<prefix>_LOG_LEVEL`; a flag wins over a variable, a variable over the schema's default. Booleans may stand alone, lists are
 * separated by commas; a member's `.describe()` is its help.
 *
 * @returns never a half-valid configuration; each problem names the flag or variable that caused it. Values are never
 * repeated in problems: they may be secrets.
 */
export function readConfig<Schema extends z.ZodObject>(
  schema: Schema,
  sources: ConfigSources,
): ConfigResult<z.output<Schema>> {
  const options = optionsOf(schema, sources.prefix);
  const { values, origins, problems, help } = rawValues(options, sources);
  if (help) return { kind: 'help', text: usageText(options, sources.usage) };
  if (problems.length > 0) return { kind: 'invalid', problems };

  const parsed = schema.safeParse(values);
  if (parsed.success) return { kind: 'config', config: deepFreeze(parsed.data) };
  return {
    kind: 'invalid',
    problems: parsed.error.issues.map((issue) => {
      const option = options.find(({ key }) => key === issue.path[0]);
      if (!option) return issue.message;
      const origin = origins.get(option.key);
      return origin === undefined
        ? `${option.flag} is missing: ${issue.message}; give it, or set ${option.variable}`
        : `${origin} is wrong: ${issue.message}; see --help`;
    }),
  };
}
