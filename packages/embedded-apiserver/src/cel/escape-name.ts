/** Words of CEL that Kubernetes lets rules use as names only when escaped. */
const reserved = new Set(
  'true false null in as break const continue else for function if import let loop package namespace return var void while'.split(
    ' ',
  ),
);

/** Names that schemas have, and so no more of them than schemas have. */
const known = new Map<string, string | undefined>();

/** How a rule spells the name of a member that a schema has; undefined when no rule can reach it. */
export function escapeName(name: string): string | undefined {
  if (known.has(name)) return known.get(name);
  const escaped = escape(name);
  known.set(name, escaped);
  return escaped;
}

function escape(name: string): string | undefined {
  if (reserved.has(name)) return `__${name}__`;
  const escaped = name
    .replaceAll('__', '__underscores__')
    .replaceAll('.', '__dot__')
    .replaceAll('-', '__dash__')
    .replaceAll('/', '__slash__');
  return /^[A-Za-z_][A-Za-z0-9_]*$/.test(escaped) ? escaped : undefined;
}
