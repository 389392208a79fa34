/** What another process answered to a scrape of its own, and the labels that tell its samples apart. */
export interface ForeignMetrics {
  /** Prometheus text. */
  readonly text: string;
  readonly labels: Readonly<Record<string, string>>;
}

/** The samples of one metric, under its `HELP` and `TYPE`. */
export interface MetricFamily {
  readonly head: readonly string[];
  readonly samples: readonly string[];
}

/** Reads Prometheus text, and gives each sample the labels that it has not. Lines that are none of it are left out. Pure. */
export function familiesOf({ text, labels }: ForeignMetrics): ReadonlyMap<string, MetricFamily> {
  const families = new Map<string, { head: string[]; samples: string[] }>();
  let current: { head: string[]; samples: string[] } | undefined;
  for (const line of text.split('\n')) {
    const [, name] = /^# (?:HELP|TYPE) ([A-Za-z_:][\w:]*)(?: |$)/.exec(line) ?? [];
    if (name !== undefined) {
      current = families.get(name) ?? { head: [], samples: [] };
      families.set(name, current);
      current.head.push(line);
      continue;
    }
    const sample = labelled(line, labels);
    if (sample !== undefined) current?.samples.push(sample);
  }
  return families;
}

function labelled(line: string, labels: Readonly<Record<string, string>>): string | undefined {
  const [, name, , own = '', value] =
    /^([A-Za-z_:][\w:]*)(\{((?:[^"}]|"(?:[^"\\]|\\.)*")*)\})? +(\S.*)$/.exec(line) ?? [];
  if (name === undefined || value === undefined) return undefined;
  const added = Object.entries(labels)
    .filter(([key]) => !new RegExp(`(^|,)\\s*${key}=`).test(own))

    .map(([key, text]) => `${key}="${text.replace(/[\\"\n]/g, (each) => (each === '\n' ? '\\n' : `\\${each}`))}"`);
  const all = [...(own === '' ? [] : [own.replace(/,\s*$/, '')]), ...added];
  return `${name}${all.length > 0 ? `{${all.join(',')}}` : ''} ${value}`;
}
