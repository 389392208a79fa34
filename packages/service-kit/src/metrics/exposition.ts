import type { Registry } from 'prom-client';

/**
 * The text that a scrape of all `registries` answers. Several may hold a metric of the same name, each under its own
 * default labels (as the providers of one process do); the format allows each name once, so their samples are joined
 * under the first one's head.
 */
export async function expositionOf(registries: readonly Registry[]): Promise<string> {
  const families = new Map<string, { head: string[]; samples: string[] }>();
  for (const registry of registries) {
    for (const metric of registry.getMetricsAsArray()) {
      // The types say string, the code answers a promise.
      const lines = (await registry.getSingleMetricAsString(metric.name)).split('\n');
      const family = families.get(metric.name) ?? { head: lines.slice(0, 2), samples: [] };
      family.samples.push(...lines.slice(2).filter((line) => line !== ''));
      families.set(metric.name, family);
    }
  }
  return [...families.values()].map(({ head, samples }) => [...head, ...samples, ''].join('\n')).join('');
}
