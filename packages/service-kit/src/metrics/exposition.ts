import type { Registry } from 'prom-client';
import { familiesOf, type ForeignMetrics } from './foreign-metrics.ts';

/**
 * The text that a scrape of all `registries`, and of the processes that `foreign` is from, answers. Several may hold a metric of the
 * same name, each under its own labels (as the providers of one manager do); the format allows each name once, so their samples
 * are joined under the first one's head.
 */
export async function expositionOf(
  registries: readonly Registry[],
  foreign: readonly ForeignMetrics[] = [],
): Promise<string> {
  const families = new Map<string, { head: readonly string[]; samples: string[] }>();
  const join = (name: string, head: readonly string[], samples: readonly string[]) => {
    const family = families.get(name) ?? { head, samples: [] };
    family.samples.push(...samples);
    families.set(name, family);
  };
  for (const registry of registries) {
    for (const { name } of registry.getMetricsAsArray()) {
      // The types say string, the code answers a promise.
      const lines = (await registry.getSingleMetricAsString(name)).split('\n');
      join(
        name,
        lines.slice(0, 2),
        lines.slice(2).filter((line) => line !== ''),
      );
    }
  }
  for (const each of foreign) for (const [name, { head, samples }] of familiesOf(each)) join(name, head, samples);
  return [...families.values()].map(({ head, samples }) => [...head, ...samples, ''].join('\n')).join('');
}
