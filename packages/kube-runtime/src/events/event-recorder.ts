import type { KubeObject } from '../api/kube-object.ts';
import type { Clock, Random } from '../ports/clock.ts';
import type { Logger } from '../ports/logger.ts';

/** What happened, for users. */
export interface EventNote {
  readonly type: 'Normal' | 'Warning';
  /** CamelCase, at most 128 characters. */
  readonly reason: string;
  /** Cut at 1,024 characters. */
  readonly message: string;
}

/** Settings of {@link createEventRecorder}. */
export interface EventRecorderOptions {
  /** Who reports: `virtrigaud-manager`. */
  readonly component: string;
  /** Where it runs: the pod's or the host's name. */
  readonly host: string;
  /** Events written a second on average. Defaults to 10. */
  readonly qps?: number | undefined;
  /** Events written at once after a rest. Defaults to 50. */
  readonly burst?: number | undefined;
  /** Distinct events that are remembered for counting. Defaults to 4,096. */
  readonly maxRemembered?: number | undefined;
  /** Distinct events that may wait to be written; beyond, the oldest are dropped, and that is logged. Defaults to 1,000. */
  readonly maxPending?: number | undefined;
  readonly logger?: Logger | undefined;
  readonly clock?: Clock | undefined;
  readonly random?: Random | undefined;
}

/** Writes Events about objects, in the background. */
export interface EventRecorder {
  /** Returns at once and never throws. The same event again within an hour raises a count. */
  event(object: KubeObject, note: EventNote): void;
  /** Resolves when everything recorded so far was written or given up. */
  flush(): Promise<void>;
}
