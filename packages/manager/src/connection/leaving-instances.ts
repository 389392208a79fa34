import type { Clock } from '@virtrigaud/kube-runtime';
import type { Endpoint } from '../hosting/hosted-state.ts';

/** How long a provider may take to end once it is told to, in milliseconds: a pod, or a process of ours, is killed then. */
const drainMs = 30_000;
/** By how much its clock may be behind ours, in milliseconds. */
const clockSkewMs = 5_000;

/** An instance that is sent nothing more. */
export type Leaver = Pick<Endpoint, 'name' | 'address' | 'over'> & {
  /** Until when what was sent to it may be begun at the latest, on the monotonic clock. */
  readonly openUntilMs: number;
};

/**
 * The instances that were taken out, for as long as they may still work on what they were sent. A provider that drains answers no new
 * call, while its tasks go on: each is a knower that is silent. It is over when {@link Endpoint.over} says so; where nobody tells, when
 * both the time to drain and that in which it might begin are.
 */
export class LeavingInstances {
  readonly #clock: Clock;
  #leavers: readonly { readonly leaver: Leaver; readonly untilMs: number }[] = [];

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get names(): readonly string[] {
    const nowMs = this.#clock.monotonicMs();
    this.#leavers = this.#leavers.filter(({ leaver: { over }, untilMs }) => (over ? !over.aborted : nowMs < untilMs));
    return this.#leavers.map(({ leaver }) => leaver.name);
  }

  add(leaver: Leaver): void {
    const untilMs = Math.max(this.#clock.monotonicMs() + drainMs, leaver.openUntilMs) + clockSkewMs;
    this.#leavers = [...this.#leavers, { leaver, untilMs }];
  }

  /** It serves again, and can be asked itself. Nothing changes where nobody tells whether it is the same process. */
  returned({ over }: Pick<Endpoint, 'over'>): void {
    if (over) this.#leavers = this.#leavers.filter(({ leaver }) => leaver.over !== over);
  }
}
