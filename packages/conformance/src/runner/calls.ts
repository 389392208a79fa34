import {
  Code,
  ContractError,
  Reason,
  TaskState,
  type HealthCheckResponse,
  type ProviderClient,
  type Task,
  type UnaryCallOptions,
} from '@virtrigaud/grpc-contract/client';
import type { Profile } from '../profile.ts';
import type { CapabilityName } from '../check.ts';
import { ConformanceError } from '../check-failure.ts';
import { capabilitiesOf } from './capabilities-of.ts';
import type { Journal } from './journal.ts';
import type { Outcome } from './outcome.ts';
import { pause } from './pause.ts';
import { show, showError } from './show.ts';

type Unary = {
  [M in keyof ProviderClient]: ProviderClient[M] extends (request: never, options: UnaryCallOptions) => Promise<unknown>
    ? M
    : never;
}[keyof ProviderClient];
/** The calls that are answered once. */
export type CallName = Exclude<Unary, 'close' | 'health'>;
export type RequestOf<M extends CallName> = Parameters<ProviderClient[M]>[0];
export type AnswerOf<M extends CallName> = Awaited<ReturnType<ProviderClient[M]>>;

const POLL_MS = 100;

/** The provider, as the checks call it: each call is written down, and a refusal is a value. */
export class Calls {
  readonly #client: ProviderClient;
  readonly #profile: Profile;
  readonly #journal: Journal;
  readonly #signal: AbortSignal;

  constructor(
    client: ProviderClient,
    profile: Profile,
    { journal, signal }: { journal: Journal; signal: AbortSignal },
  ) {
    this.#client = client;
    this.#profile = profile;
    this.#journal = journal;
    this.#signal = signal;
  }

  /** Makes one call. */
  async send<M extends CallName>(method: M, request: RequestOf<M>): Promise<Outcome<AnswerOf<M>>> {
    const call = this.#client[method] as (request: RequestOf<M>, options: UnaryCallOptions) => Promise<AnswerOf<M>>;
    const name = `${method[0]?.toUpperCase() ?? ''}${method.slice(1)}`;
    const uses = capabilitiesOf(method, request);
    return this.#outcome({ sent: `${name} ${show(request)}`, uses }, (options) => call(request, options));
  }

  /** Asks grpc.health.v1. */
  async health(service: string): Promise<Outcome<HealthCheckResponse>> {
    const call = { sent: `health Check "${service}"`, uses: [] };
    return this.#outcome(call, (options) => this.#client.health.check({ service }, options));
  }

  async #outcome<A>(
    { sent, uses }: { readonly sent: string; readonly uses: readonly CapabilityName[] },
    call: (options: UnaryCallOptions) => Promise<A>,
  ): Promise<Outcome<A>> {
    this.#journal.wrote(sent);
    this.#signal.throwIfAborted();
    try {
      const timeoutMs = this.#profile.callSeconds * 1000;
      return { ok: true, sent, answer: await call({ timeoutMs, signal: this.#signal }) };
    } catch (error) {
      this.#signal.throwIfAborted();
      if (!(error instanceof ContractError)) throw error;
      return { ok: false, sent, error, uses };
    }
  }

  /** Makes a call that changes something, and makes it again as long as other work is in the way. */
  async mutate<M extends 'create' | 'delete' | 'power' | 'reconfigure' | 'adopt' | 'imagePrepare'>(
    method: M,
    request: RequestOf<M>,
  ): Promise<Outcome<AnswerOf<M>>> {
    const until = this.#deadline();
    for (;;) {
      const outcome = await this.send(method, request);
      if (outcome.ok || !isInTheWay(outcome.error) || Date.now() > until) return outcome;
      await this.ended(outcome.error.metadata['task_id'] ?? '');
      await pause(POLL_MS, this.#signal);
    }
  }

  /** Follows a task to its end. Undefined: the provider says that there is none, and the VM itself has to be looked at. */
  async ended(id: string): Promise<Task | undefined> {
    if (id === '') return undefined;
    const until = this.#deadline();
    for (;;) {
      const outcome = await this.send('taskStatus', { id });
      if (!outcome.ok) {
        if (outcome.error.code === Code.NOT_FOUND) return undefined;
        throw this.#unsettled(id, showError(outcome.error));
      }
      const { task } = outcome.answer;
      if (task?.state !== TaskState.RUNNING) return task;
      if (Date.now() > until) throw this.#unsettled(id, show(task));
      await pause(POLL_MS, this.#signal);
    }
  }

  #deadline(): number {
    return Date.now() + this.#profile.settleSeconds * 1000;
  }

  #unsettled(id: string, came: string): ConformanceError {
    const expected = `that task ${id} ends within ${String(this.#profile.settleSeconds)} s`;
    return new ConformanceError({ kind: 'failed', finding: { sent: this.#journal.sent, expected, came } });
  }
}

function isInTheWay({ code, reason }: ContractError): boolean {
  return code === Code.ABORTED && reason === Reason.OperationInProgress;
}
