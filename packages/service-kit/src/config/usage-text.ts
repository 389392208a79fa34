import type { Option } from './options.ts';

/** What `--help` prints: the usage, then one paragraph a setting. */
export function usageText(options: readonly Option[], usage: string): string {
  const shown = options.map((option) => {
    const notes = [
      option.choices.length > 0 ? `one of ${option.choices.join(', ')}` : '',
      option.defaultText === undefined ? '' : `default ${option.defaultText}`,
      option.variable,
    ].filter((note) => note !== '');
    const value = option.type === 'boolean' ? '' : ` <${option.type}>`;
    return `  ${option.flag}${value}\n      ${option.description === '' ? '' : `${option.description} `}(${notes.join('; ')})`;
  });
  return [
    usage.trimEnd(),
    '',
    'Flags (each may be given by the variable that is named after it):',
    ...shown,
    '  --help',
    '',
  ].join('\n');
}
