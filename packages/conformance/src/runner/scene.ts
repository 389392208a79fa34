import {
  Code,
  PowerOp,
  PowerState,
  Reason,
  TaskState,
  type HealthCheckResponse_ServingStatus,
  type ListVMsRequest,
  type Owner,
  type PartialMessage,
  type ProviderClient,
  type Task,
  type TaskResponse,
  type VirtualMachineState,
  type WatchTasksResponse,
  type WatchVMsRequest,
  type WatchVMsResponse,
} from '@virtrigaud/grpc-contract/client';
import { randomUUID } from 'node:crypto';
import type { Backdoor, BackdoorMethod } from '../backdoor.ts';
import type { CapabilityName } from '../check.ts';
import { ConformanceError } from '../check-failure.ts';
import type { Profile } from '../profile.ts';
import { Calls } from './calls.ts';
import { EventLog } from './event-log.ts';
import { Journal } from './journal.ts';
import type { Ledger } from './ledger.ts';
import { Verdict, type Outcome } from './outcome.ts';
import { pause } from './pause.ts';
import { imageOwner } from './prepare-image.ts';
import { mutationOf, specOf, type CreateMessage } from './requests.ts';
import { show, showError } from './show.ts';

export type VmEvent = NonNullable<WatchVMsResponse['event']>;
export type TaskEvent = NonNullable<WatchTasksResponse['event']>;

/** What Watch of grpc.health.v1 tells. */
export interface HealthEvent {
  readonly $case: 'status';
  readonly value: HealthCheckResponse_ServingStatus;
}

/** What a check works with. */
export interface SceneParts {
  readonly client: ProviderClient;
  readonly profile: Profile;
  readonly backdoor: Backdoor;
  readonly ledger: Ledger;
  /** A cluster that no other check has: its terms and its VMs are this check's alone. */
  readonly clusterId: string;
  readonly namespace: string;
  readonly preparedImage: string | undefined;
  readonly signal: AbortSignal;
}

/** The image that the run has prepared. */
export interface PreparedImage {
  readonly id: string;
  readonly image: NonNullable<Profile['image']>;
  readonly owner: Owner;
}

/** The stage of one check: owners of its own, calls, expectations, and what has to be cleared away afterwards. */
export class Scene {
  readonly profile: Profile;
  readonly clusterId: string;
  readonly journal = new Journal();
  readonly verdict: Verdict;
  readonly calls: Calls;
  readonly #parts: SceneParts;
  readonly #streams: { close(): void }[] = [];

  /**
   * @param announced - the capability that the check is about, which the provider says that it has.
   */
  constructor(parts: SceneParts, announced?: CapabilityName) {
    this.#parts = parts;
    this.verdict = new Verdict(this.journal, announced);
    this.profile = parts.profile;
    this.clusterId = parts.clusterId;
    this.calls = new Calls(parts.client, parts.profile, { journal: this.journal, signal: parts.signal });
  }

  /** A new owner. Whatever will be made for it goes at the end. */
  owner(name = 'one', overrides: Partial<Owner> = {}): Owner {
    const { clusterId, namespace } = this.#parts;
    const owner = { clusterId, namespace, name, uid: randomUUID(), kind: 'VirtualMachine', ...overrides };
    this.#parts.ledger.owners.push(owner);
    return owner;
  }

  /** The name on the hypervisor of a VM that is made behind the provider's back. */
  foreignName(name: string): string {
    return `${this.#parts.namespace}.${name}`;
  }

  /** A method of the backdoor; the runner has seen to it that it is there. */
  behind<M extends BackdoorMethod>(method: M): NonNullable<Backdoor[M]> {
    const found = this.#parts.backdoor[method];
    if (!found) throw new ConformanceError({ kind: 'misused', why: `the check does not say that it needs ${method}` });
    return found.bind(this.#parts.backdoor) as NonNullable<Backdoor[M]>;
  }

  /** Remembers a VM that was made behind the provider's back. */
  foreign(id: string): string {
    this.#parts.ledger.foreignIds.push(id);
    this.journal.wrote(`behind the provider's back: VM ${id} was made`);
    return id;
  }

  /**
   * Remembers a VM that its owner lets go of: it can only be removed by hand afterwards.
   *
   * @param diskIds - its disks that stay when its next owner deletes it.
   */
  letsGo(id: string, diskIds: readonly string[] = []): void {
    this.#parts.ledger.foreignIds.push(id);
    this.#parts.ledger.diskIds.push(...diskIds);
  }

  /** The profile's image as the run has prepared it. Ends the check where the profile has none to prepare. */
  preparedImage(): PreparedImage {
    const { preparedImage: id } = this.#parts;
    const { image } = this.profile;
    if (id !== undefined && image) return { id, image, owner: imageOwner(this.profile, image, this.clusterId) };
    if (image && image.preparedId === undefined) {
      const expected = "that the profile's image is prepared, as the provider announces IMAGE_PREPARE";
      throw this.verdict.failure(expected, Reason.CapabilityMissing);
    }
    throw new ConformanceError({ kind: 'not-applicable', why: 'the profile names no image to prepare' });
  }

  /** Keeps the provider from its hypervisor. Before the check's VMs are removed it reaches it again. */
  async cutOff(): Promise<void> {
    this.afterwards(() => this.reconnect());
    await this.behind('cutOff')();
    this.journal.wrote("behind the provider's back: the hypervisor was cut off");
  }

  /** Lets the provider reach its hypervisor again, and waits until it does: it may try again only now and then. */
  async reconnect(): Promise<void> {
    await this.behind('reconnect')();
    const deadline = Date.now() + this.profile.settleSeconds * 1000;
    // Whose VM that would be makes no difference, and nobody has it.
    const owner = { clusterId: this.clusterId, namespace: 'nobody', name: 'nobody', uid: randomUUID() };
    while (!this.#parts.signal.aborted && Date.now() < deadline) {
      const outcome = await this.calls.send('describe', { owner });
      if (outcome.ok || outcome.error.code !== Code.UNAVAILABLE) return;
      await pause(100, this.#parts.signal);
    }
  }

  /** What has to be done before the check's VMs can be removed. */
  afterwards(undo: () => Promise<void>): void {
    this.#parts.ledger.undo.push(undo);
  }

  /** What a small VM of the owner is asked for with. Off, unless told otherwise. */
  createRequest(owner: Owner, { spec, ...overrides }: CreateMessage = {}): CreateMessage {
    const asked = { ...specOf(owner, this.profile, this.#parts.preparedImage), ...spec };
    return {
      mutation: mutationOf('create', owner, { parameters: asked }),
      spec: asked,
      initialPower: PowerState.OFF,
      ...overrides,
    };
  }

  /** Makes the owner's VM, waits until it is done, and answers it as it is then. */
  async create(owner: Owner, overrides: CreateMessage = {}): Promise<VirtualMachineState> {
    const outcome = await this.calls.mutate('create', this.createRequest(owner, overrides));
    await this.finished({ task: this.verdict.accepted(outcome).task });
    return this.state(owner);
  }

  /** Makes a mutation that has to succeed, and waits until its work is done. */
  async succeed(outcome: Outcome<TaskResponse>): Promise<void> {
    await this.finished(this.verdict.accepted(outcome));
  }

  /** Waits until a task is over that has to succeed. */
  async finished({ task }: { readonly task?: Task | undefined }): Promise<void> {
    if (!task) return;
    const end = task.state === TaskState.RUNNING ? await this.calls.ended(task.id) : task;
    if (end && end.state !== TaskState.SUCCEEDED) throw this.verdict.failure('that the task succeeds', show(end));
  }

  delete(owner: Owner, id = ''): Promise<Outcome<TaskResponse>> {
    return this.calls.mutate('delete', { mutation: mutationOf('delete', owner), id });
  }

  power(owner: Owner, op: PowerOp, id = ''): Promise<Outcome<TaskResponse>> {
    const verb = PowerOpName[op];
    return this.calls.mutate('power', { mutation: mutationOf(`power-${verb}`, owner), id, op });
  }

  /** The owner's VM as the provider describes it now. */
  async state(owner: Owner): Promise<VirtualMachineState> {
    const { vm } = this.verdict.accepted(await this.calls.send('describe', { owner }));
    if (!vm) throw this.verdict.failure('a VM', 'an answer without one');
    return vm;
  }

  /** Describes until the VM is as wanted. */
  async eventually(
    what: string,
    owner: Owner,
    isWanted: (vm: VirtualMachineState) => boolean,
  ): Promise<VirtualMachineState> {
    const deadline = Date.now() + this.profile.settleSeconds * 1000;
    for (;;) {
      const vm = await this.state(owner);
      if (isWanted(vm)) return vm;
      if (Date.now() > deadline)
        throw this.verdict.failure(`${what} within ${String(this.profile.settleSeconds)} s`, show(vm));
      await pause(100, this.#parts.signal);
    }
  }

  /** Asks until the answer is a refusal for that reason. */
  async untilRefused(what: string, ask: () => Promise<Outcome<unknown>>, reason: string): Promise<void> {
    const deadline = Date.now() + this.profile.settleSeconds * 1000;
    for (;;) {
      const outcome = await ask();
      if (!outcome.ok && outcome.error.reason === reason) return;
      if (Date.now() > deadline) {
        const expected = `${what}: ${reason} within ${String(this.profile.settleSeconds)} s`;
        throw this.verdict.failure(expected, outcome.ok ? 'success' : showError(outcome.error));
      }
      await pause(100, this.#parts.signal);
    }
  }

  /** All that ListVMs answers, page after page. */
  async list(request: PartialMessage<ListVMsRequest> = {}): Promise<readonly VirtualMachineState[]> {
    const vms: VirtualMachineState[] = [];
    let pageToken = '';
    do {
      const page = this.verdict.accepted(await this.calls.send('listVMs', { ...request, pageToken }));
      vms.push(...page.vms);
      pageToken = page.nextPageToken;
    } while (pageToken !== '');
    return vms;
  }

  /** Opens WatchVMs. Closed at the end of the check. */
  watch(request: PartialMessage<WatchVMsRequest> = {}): EventLog<VmEvent> {
    const { client } = this.#parts;
    return this.#stream({ name: 'WatchVMs', request, open: (signal) => client.watchVMs(request, { signal }) });
  }

  /** Opens WatchTasks of a cluster. Closed at the end of the check. */
  watchTasks(clusterId = this.clusterId): EventLog<TaskEvent> {
    const { client } = this.#parts;
    const request = { clusterId };
    return this.#stream({ name: 'WatchTasks', request, open: (signal) => client.watchTasks(request, { signal }) });
  }

  /** Opens Watch of grpc.health.v1. Closed at the end of the check. */
  watchHealth(service: string): EventLog<HealthEvent> {
    const { health } = this.#parts.client;
    const request = { service };
    const open = async function* (signal: AbortSignal) {
      for await (const { status } of health.watch(request, { signal })) {
        yield { event: { $case: 'status' as const, value: status } };
      }
    };
    return this.#stream({ name: 'health Watch', request, open });
  }

  /** Waits, where there is nothing to wait for: that something does not happen. */
  pause(milliseconds: number): Promise<void> {
    return pause(milliseconds, this.#parts.signal);
  }

  /** Ends all streams. */
  close(): void {
    for (const stream of this.#streams) stream.close();
  }

  #stream<E extends { readonly $case: string }>(source: {
    readonly name: string;
    readonly request: unknown;
    open(signal: AbortSignal): AsyncIterable<{ event?: E | undefined }>;
  }): EventLog<E> {
    const waitMs = this.profile.settleSeconds * 1000;
    const log = new EventLog<E>(source, { journal: this.journal, waitMs });
    this.#streams.push(log);
    return log;
  }
}

const PowerOpName = Object.fromEntries(
  Object.entries(PowerOp).map(([name, value]) => [value, name.toLowerCase()]),
) as Readonly<Record<PowerOp, string>>;
