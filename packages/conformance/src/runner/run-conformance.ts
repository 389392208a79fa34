import {
  Capability,
  CONTRACT_REVISION,
  type GetProviderInfoResponse,
  type ProviderClient,
} from '@virtrigaud/grpc-contract/client';
import { randomBytes } from 'node:crypto';
import type { Backdoor } from '../backdoor.ts';
import { ConformanceError } from '../check-failure.ts';
import type { Check } from '../check.ts';
import { allChecks } from '../checks/registry.ts';
import type { Profile } from '../profile.ts';
import { summarize, type CheckedProvider, type CheckResult, type Report } from '../report/report.ts';
import { suiteVersion } from '../suite-version.ts';
import { cleanUp } from './clean-up.ts';
import { CLUSTER_PREFIX } from './leftovers.ts';
import { Ledger } from './ledger.ts';
import { prepareImage } from './prepare-image.ts';
import { runCheck } from './run-check.ts';
import { showError } from './show.ts';
import { whyNotRun } from './why-not-run.ts';

/** What to check, and whom to tell. */
export interface ConformanceOptions {
  readonly client: ProviderClient;
  readonly profile: Profile;
  readonly backdoor?: Backdoor | undefined;
  /** All of them when left out. */
  readonly checks?: readonly Check[] | undefined;
  /** Aborting it breaks the run off: what was made is removed, and the report says so. */
  readonly signal?: AbortSignal | undefined;
  readonly onStart?: ((head: Pick<Report, 'suite' | 'provider'>) => void) | undefined;
  readonly onResult?: ((result: CheckResult) => void) | undefined;
}

/**
 * Runs the checks one after the other, and removes after each what it made.
 *
 * @throws ConformanceError when nothing can be checked: the provider does not answer, or the image cannot be prepared.
 */
export async function runConformance(options: ConformanceOptions): Promise<Report> {
  const { client, profile, backdoor = {}, checks = allChecks } = options;
  const signal = options.signal ?? new AbortController().signal;
  const startedAt = new Date();
  const runId = randomBytes(3).toString('hex');
  const clusterId = `${CLUSTER_PREFIX}${runId}`;
  const info = await infoOf(options, clusterId);
  const provider = checkedProvider(info);
  const suite = { version: suiteVersion(), contract: CONTRACT_REVISION };
  options.onStart?.({ suite, provider });
  const preparedImage = await prepareImage({ client, profile, capabilities: info.capabilities, clusterId, signal });

  const results: CheckResult[] = [];
  const leftovers: string[] = [];
  const tell = (result: CheckResult): void => {
    results.push(result);
    options.onResult?.(result);
  };
  for (const [index, check] of checks.entries()) {
    const reason = signal.aborted ? 'the run was interrupted' : whyNotRun(check, provider.capabilities, backdoor);
    if (reason !== undefined) {
      tell(notRun(check, reason));
      continue;
    }
    const ledger = new Ledger();
    const [ownCluster, namespace] = [`${clusterId}-${String(index)}`, `${profile.namePrefix}-${runId}`];
    const parts = { client, profile, backdoor, ledger, clusterId: ownCluster, namespace, preparedImage, signal };
    try {
      tell(await runCheck(check, parts));
    } catch (error) {
      if (!signal.aborted) throw error;
      tell(notRun(check, 'the run was interrupted'));
    } finally {
      const left = await cleanUp({ client, profile, backdoor }, ledger);
      leftovers.push(...left.map((line) => `${check.id}: ${line}`));
    }
  }
  const milliseconds = Date.now() - startedAt.getTime();
  const interrupted = signal.aborted;
  return summarize({
    suite,
    provider,
    startedAt: startedAt.toISOString(),
    milliseconds,
    checks: results,
    leftovers,
    interrupted,
  });
}

async function infoOf(
  { client, profile, signal }: ConformanceOptions,
  clusterId: string,
): Promise<GetProviderInfoResponse> {
  const timeoutMs = profile.callSeconds * 1000;
  const info = await client.getProviderInfo({ clusterId }, { timeoutMs, signal }).catch((cause: unknown) => {
    const why = `the provider does not answer GetProviderInfo: ${showError(cause)}`;
    throw new ConformanceError({ kind: 'misused', why }, { cause });
  });
  if (info.contractMin <= CONTRACT_REVISION && info.contractMax >= CONTRACT_REVISION) return info;
  const range = `${String(info.contractMin)} to ${String(info.contractMax)}`;
  const why = `the provider speaks revisions ${range} of the contract; this suite checks revision ${String(CONTRACT_REVISION)}`;
  throw new ConformanceError({ kind: 'misused', why });
}

function checkedProvider(info: GetProviderInfoResponse): CheckedProvider {
  const { type, version, contractMin, contractMax, hypervisorVersion, hypervisorId } = info;
  const names = new Map<number, string>(Object.entries(Capability).map(([name, value]) => [value, name]));
  const capabilities = info.capabilities.map((capability) => names.get(capability) ?? String(capability));
  return { type, version, contractMin, contractMax, hypervisorVersion, hypervisorId, capabilities };
}

function notRun({ id, title, proves, capability }: Check, reason: string): CheckResult {
  return { id, title, proves, capability, outcome: 'not-run', reason, proofs: 0, milliseconds: 0 };
}
