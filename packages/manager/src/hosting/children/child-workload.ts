import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { ChannelCredentials } from '@virtrigaud/grpc-contract/client';
import type { Clock, Random } from '@virtrigaud/kube-runtime';
import type { Logger } from '@virtrigaud/service-kit';
import { ManagerError } from '../../errors.ts';
import { jitteredBackoffMs } from '../../transport/backoff.ts';
import { sleep } from '../../transport/provider-channel.ts';
import type { Endpoint, HostedState } from '../hosted-state.ts';
import type { SecretCredentials } from '../secret-credentials.ts';
import type { RenewedIdentity } from '../tls/renewed-identity.ts';
import type { RuntimeTls } from '../tls/runtime-tls.ts';
import { canSucceed, type MetricsPage, type Workload, type WorkloadSpec } from '../workload.ts';
import { childDirectory } from './child-directory.ts';
import { childEnvironment, type ChildFiles } from './environment.ts';
import type { ProviderProgram } from './find-provider-program.ts';
import { Generations } from './generations.ts';
import { mountFiles } from './mounted-directory.ts';
import { ProviderProcess } from './provider-process.ts';
import { Replica } from './replica.ts';
import { stateOfReplicas } from './state-of-replicas.ts';

const preparationBackoff = { baseMs: 500, maxMs: 60_000 };

/** On loopback, to servers of our own making: a frozen one is found soon. */
const localKeepalive = { timeMs: 5_000, timeoutMs: 5_000 };

/** What child processes need beside what is wanted. */
export interface ChildWorkloadDeps {
  readonly runtimeDir: string;
  readonly findProgram: (type: string) => ProviderProgram;
  readonly tls: RuntimeTls;
  /** Our own environment, of which a child gets what is no secret. */
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly clock: Clock;
  readonly random: Random;
}

/** Settings of {@link ChildWorkload}. */
export interface ChildWorkloadOptions extends ChildWorkloadDeps {
  readonly spec: WorkloadSpec;
  readonly credentials: SecretCredentials;
  readonly logger: Logger;
  /** Takes what the children log; their own level has been applied. */
  readonly childLogger: Logger;
  readonly changed: () => void;
}

/** Serves one Provider by child processes, one a replica, over mutual TLS on loopback. */
export class ChildWorkload implements Workload {
  readonly keepalive = localKeepalive;
  readonly #options: ChildWorkloadOptions;
  readonly #files: ChildFiles;
  readonly #directory: string;
  readonly #stop = new AbortController();
  readonly #preparing: Promise<void>;
  readonly #generations: Generations<Replica>;
  #spec: WorkloadSpec;
  #prepared: { readonly identity: RenewedIdentity; readonly channel: ChannelCredentials } | undefined;
  #problem: Extract<HostedState, { readonly kind: 'PackageMissing' | 'Failed' }> | undefined;
  #mounting: Promise<void> = Promise.resolve();

  constructor(options: ChildWorkloadOptions) {
    this.#options = options;
    this.#spec = options.spec;
    this.#directory = childDirectory(options.runtimeDir, options.spec.uid);
    this.#files = { tls: join(this.#directory, 'tls'), credentials: join(this.#directory, 'credentials') };
    this.#generations = new Generations({
      start: (name, spec) => this.#replica(name, spec),
      changed: options.changed,
    });
    this.#preparing = this.#prepare(this.#stop.signal);
  }

  get spec(): WorkloadSpec {
    return this.#spec;
  }

  get state(): HostedState {
    if (this.#stop.signal.aborted) return { kind: 'Stopped' };
    return this.#problem ?? stateOfReplicas(this.#generations, this.#prepared?.channel);
  }

  /** The processes that run, by replica: for tests and messages. */
  get pids(): readonly number[] {
    return this.#generations.all.flatMap(({ pid }) => pid ?? []);
  }

  /** One a replica: of two that bear one number, the one that is to go. */
  get metricsPages(): readonly MetricsPage[] {
    return this.#generations.replicas.flatMap(({ name, state }) =>
      state.kind === 'Running' && state.metricsPort !== undefined
        ? [{ replica: name, url: `http://127.0.0.1:${String(state.metricsPort)}/metrics` }]
        : [],
    );
  }

  apply(spec: WorkloadSpec): boolean {
    if (!canSucceed(this.#spec, spec)) return false;
    this.#spec = spec;
    if (this.#prepared) this.#generations.want(spec);
    return true;
  }

  /** An instance can be sent to: the one whose place it takes may go. */
  serves(endpoint: Endpoint): void {
    if (!this.#stop.signal.aborted) this.#generations.serves(endpoint);
  }

  /** A process that does not answer any more is replaced. */
  replace({ address }: Endpoint): void {
    for (const replica of this.#generations.all) replica.replace(address);
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#preparing;
    await this.#generations.stop();
    await this.#mounting;
    await rm(this.#directory, { recursive: true, force: true });
  }

  /** Makes what all replicas share, however often that takes, then starts them. */
  async #prepare(signal: AbortSignal): Promise<void> {
    const { clock, random, changed, logger, credentials } = this.#options;
    for (let failures = 1; !signal.aborted; failures += 1) {
      try {
        // Looked for before anything is made: most often it is what is missing.
        this.#options.findProgram(this.#spec.type);
        this.#prepared = await this.#makeFiles();
        this.#problem = undefined;
        break;
      } catch (error) {
        this.#problem = problemOf(error, clock.epochMs());
        logger.warn('provider cannot be started', { why: this.#problem.why, failures });
        changed();
        await sleep(clock, jitteredBackoffMs(failures, preparationBackoff, random), signal);
      }
    }
    if (!this.#prepared) return;
    const unsubscribe = credentials.onChange(() => this.#mountCredentials());
    signal.addEventListener('abort', () => (unsubscribe(), this.#prepared?.identity.close()), { once: true });
    if (signal.aborted) this.#prepared.identity.close();
    else this.#generations.want(this.#spec);
  }

  async #makeFiles() {
    const { tls, credentials } = this.#options;
    // What a killed manager left of them is not taken for ours.
    await rm(this.#directory, { recursive: true, force: true });
    await mountFiles(this.#files.credentials, credentials.current());
    const { uid, namespace, name } = this.#spec;
    const identity = await tls.providerIdentity({ uid, key: `${namespace}/${name}` }, ({ cert, key, ca }) =>
      mountFiles(this.#files.tls, { 'tls.crt': cert, 'tls.key': key, 'ca.crt': ca }),
    );
    return { identity, channel: await tls.credentials(uid) };
  }

  /** One after the other, so that the last values are the ones that stay. */
  #mountCredentials(): void {
    const { credentials, logger } = this.#options;
    this.#mounting = this.#mounting
      .then(() => mountFiles(this.#files.credentials, credentials.current()))
      .catch((error: unknown) => logger.error('new credentials cannot be written for the provider', { error }));
  }

  #replica(name: string, spec: WorkloadSpec): Replica {
    const { findProgram, env, clock, random, logger, childLogger, changed } = this.#options;
    return new Replica({
      name,
      clock,
      random,
      logger: logger.child({ replica: name }),
      changed,
      start: async () =>
        ProviderProcess.start({
          program: findProgram(spec.type),
          env: childEnvironment(spec, this.#files, env),
          logger: childLogger.child({ replica: name }),
          clock,
        }),
    });
  }
}

function problemOf(
  error: unknown,
  sinceMs: number,
): Extract<HostedState, { readonly kind: 'PackageMissing' | 'Failed' }> {
  const why = error instanceof Error ? error.message : String(error);
  const isMissing =
    error instanceof ManagerError && (error.code === 'PackageMissing' || error.code === 'PackageInvalid');
  return { kind: isMissing ? 'PackageMissing' : 'Failed', why, sinceMs };
}
