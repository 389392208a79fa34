import type { VMImage } from '@virtrigaud/api-types';
import type { ImageRef, Task } from '@virtrigaud/grpc-contract/client';
import type { Failure } from '../transport/failure.ts';

/** What this process knows of an image's copy at one Provider. */
export interface CopyMemory {
  /** What ImageDescribe, or the finished task, said last. */
  readonly answer:
    | { readonly kind: 'Absent'; readonly atMs: number }
    | { readonly kind: 'Complete'; readonly preparedId: string }
    | { readonly kind: 'Incomplete' }
    | undefined;
  readonly taskId: string | undefined;
  /** The value of `reconcile-now` that an ImageDescribe has followed. */
  readonly lookedFor: string | undefined;
  readonly failure:
    | { readonly failure: Failure; readonly attempts: number; readonly retryAtMs: number; readonly fingerprint: string }
    | undefined;
}

/** The work on a copy. */
export type CopyTask =
  | { readonly kind: 'None' }
  | { readonly kind: 'Unheard'; readonly id: string }
  | { readonly kind: 'Running'; readonly task: Task }
  | { readonly kind: 'Ended'; readonly task: Task };

/** An image at one Provider that a VM waits for. */
export interface ObservedCopy {
  readonly namespace: string;
  readonly name: string;
  readonly type: string;
  readonly unavailable: string | undefined;
  /** Undefined: the image has no source for this type. */
  readonly source: ImageRef | undefined;
  /** Whether the provider makes copies at all; if not, the image is used in place. */
  readonly prepares: boolean;
  readonly fingerprint: string;
  readonly task: CopyTask;
  readonly remembered: CopyMemory;
}

/** Everything a decision about a VMImage may depend on. Data only. */
export interface ObservedImage {
  readonly image: VMImage;
  readonly invalid: string | undefined;
  /** At the Providers where it is needed, or was prepared; sorted. */
  readonly copies: readonly ObservedCopy[];
  readonly nowMs: number;
  readonly monotonicMs: number;
}
