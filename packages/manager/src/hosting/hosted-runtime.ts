import type { Clock, Random } from '@virtrigaud/kube-runtime';
import type { HostedProvider, Logger, Registry, RunningProvider } from '@virtrigaud/service-kit';
import { ManagerError } from '../errors.ts';
import { jitteredBackoffMs } from '../transport/backoff.ts';
import { sleep } from '../transport/provider-channel.ts';
import type { HostedState } from './hosted-state.ts';
import { removeSocket, socketPath } from './runtime-directory.ts';
import type { SecretCredentials } from './secret-credentials.ts';
import type { Workload, WorkloadSpec } from './workload.ts';

const restartBackoff = { baseMs: 500, maxMs: 60_000 };

/** Settings of {@link HostedRuntime}. */
export interface HostedRuntimeOptions {
  readonly spec: WorkloadSpec;
  readonly credentials: SecretCredentials;
  readonly runtimeDir: string;
  readonly findPackage: (type: string) => Promise<HostedProvider>;
  /** Makes where one run of the provider counts: another run starts at nothing. */
  readonly newRegistry: () => Registry;
  readonly logger: Logger;
  readonly clock: Clock;
  readonly random: Random;
  readonly changed: () => void;
}

/** Serves one Provider inside this process, on a private socket, and starts it again with back-off when it stops. */
export class HostedRuntime implements Workload {
  readonly #options: HostedRuntimeOptions;
  readonly #stop = new AbortController();
  readonly #running: Promise<void>;
  #state: HostedState = { kind: 'Starting' };

  constructor(options: HostedRuntimeOptions) {
    this.#options = options;
    this.#running = this.#run(this.#stop.signal);
  }

  get state(): HostedState {
    return this.#state;
  }

  get spec(): WorkloadSpec {
    return this.#options.spec;
  }

  /** Where it hangs, so do we. */
  replace(): void {
    return;
  }

  /** Nothing of it can be changed while it serves. */
  apply(): boolean {
    return false;
  }

  /** Drains and stops it. Idempotent. */
  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#running;
  }

  async #run(signal: AbortSignal): Promise<void> {
    const { clock, random, logger } = this.#options;
    let failures = 0;
    while (!signal.aborted) {
      const startedMs = clock.monotonicMs();
      try {
        const running = await this.#serve(signal);
        await running.stopped;
        if (signal.aborted) break;
        this.#set({ kind: 'Failed', why: 'it stopped by itself; it is started again', sinceMs: clock.epochMs() });
      } catch (error) {
        if (signal.aborted) break;
        this.#set(failedState(error, clock.epochMs()));
      }
      failures = clock.monotonicMs() - startedMs > restartBackoff.maxMs ? 1 : failures + 1;
      logger.warn('in-process provider is not running', { state: this.#state, failures });
      await sleep(clock, jitteredBackoffMs(failures, restartBackoff, random), signal);
    }
    this.#set({ kind: 'Stopped' });
  }

  async #serve(signal: AbortSignal): Promise<RunningProvider> {
    const { spec, credentials, runtimeDir, findPackage, newRegistry, logger } = this.#options;
    const provider = await findPackage(spec.type);
    const path = socketPath(runtimeDir, spec.uid);
    await removeSocket(path);
    const running = await provider.serve({
      listen: { kind: 'unix', path },
      provider: { namespace: spec.namespace, name: spec.name },
      endpoint: spec.endpoint,
      insecureSkipVerify: spec.insecureSkipVerify,
      credentials,
      healthCheck: spec.healthCheck,
      logger,
      registry: newRegistry(),
      signal,
    });
    this.#set({
      kind: 'Running',
      endpoints: [{ name: '0', address: running.address }],
      version: provider.version,
    });
    return running;
  }

  #set(state: HostedState): void {
    this.#state = state;
    this.#options.changed();
  }
}

function failedState(error: unknown, sinceMs: number): HostedState {
  const why = error instanceof Error ? error.message : String(error);
  const isMissing =
    error instanceof ManagerError && (error.code === 'PackageMissing' || error.code === 'PackageInvalid');
  return { kind: isMissing ? 'PackageMissing' : 'Failed', why, sinceMs };
}
