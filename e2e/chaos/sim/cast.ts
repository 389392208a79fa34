import type { Component } from '../scenario/scenario.ts';
import { SimProcess, type EventLoop } from './event-loop.ts';

/** Starts a component's program in a fresh process. */
export type Start = (component: Component, process: SimProcess) => Promise<void>;

/** The components: which process is each one now, and what it takes to end and start it. */
export class Cast {
  readonly #loop: EventLoop;
  readonly #start: Start;
  readonly #now = new Map<Component, SimProcess>();
  readonly #died: (component: Component, error: unknown) => void;

  constructor(loop: EventLoop, start: Start, died: (component: Component, error: unknown) => void) {
    this.#loop = loop;
    this.#start = start;
    this.#died = died;
  }

  /** The process that is, or was last, this component. */
  process(component: Component): SimProcess {
    const process = this.#now.get(component);
    if (!process) throw new Error(`${component} was never started`);
    return process;
  }

  all(): readonly SimProcess[] {
    return [...this.#now.values()];
  }

  /** Which component a process is now; undefined when it was replaced. */
  componentOf(process: SimProcess): Component | undefined {
    return [...this.#now].find(([, each]) => each === process)?.[0];
  }

  start(component: Component): void {
    const process = new SimProcess(component);
    this.#now.set(component, process);
    this.#loop.note(`start ${component}`);
    this.#loop.as(process, () => {
      this.#start(component, process).catch((error: unknown) => {
        // A program that ends in an error is started again, as by whoever watches over it.
        this.#died(component, error);
        process.kill();
        this.#loop.schedule(2_000, undefined, () => this.startUnlessRunning(component));
      });
    });
  }

  startUnlessRunning(component: Component): void {
    if (this.process(component).state === 'dead') this.start(component);
  }

  kill(component: Component): void {
    this.#loop.note(`kill ${component}`);
    this.process(component).kill();
  }

  stop(component: Component): void {
    this.#loop.note(`stop ${component}`);
    this.process(component).stop();
  }

  resume(component: Component): void {
    const process = this.process(component);
    if (process.state === 'stopped') this.#loop.resume(process);
  }
}
