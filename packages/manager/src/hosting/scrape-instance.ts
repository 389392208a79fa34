import type { ForeignMetrics } from '@virtrigaud/service-kit';
import type { MetricsPage, WorkloadSpec } from './workload.ts';

/** How long an instance may take: a scrape waits for all of them, and is given ten seconds as a rule. */
const withinMs = 2_000;
/** Far more than a provider has to say: it would only make the whole scrape too large. */
const maxBytes = 4 * 1024 * 1024;

/** What an instance counts, told apart by its Provider and its replica; undefined: it does not say so in time. */
export async function scrapeInstance(
  { replica, url }: MetricsPage,
  { namespace, name }: Pick<WorkloadSpec, 'namespace' | 'name'>,
): Promise<ForeignMetrics | undefined> {
  try {
    const response = await fetch(url, { redirect: 'error', signal: AbortSignal.timeout(withinMs) });
    const text = await response.text();
    if (!response.ok || text.length > maxBytes) return undefined;
    return { text, labels: { provider: name, provider_namespace: namespace, replica } };
  } catch {
    // It ends, or hangs: both are told where it is followed, and its samples are simply not there.
    return undefined;
  }
}
