import { channel } from 'node:diagnostics_channel';

/** What is told on the channel `virtrigaud.reconcile`: a reconcile begins, or has ended. */
export interface ReconcileMoment {
  readonly controller: string;
  readonly key: string;
  readonly correlationId: string;
  readonly moment: 'begins' | 'ended';
}

const reconciles = channel('virtrigaud.reconcile');

/** Tells whoever has subscribed to the `diagnostics_channel`; costs nothing where nobody has. */
export function tellReconcile(moment: () => ReconcileMoment): void {
  if (reconciles.hasSubscribers) reconciles.publish(moment());
}
