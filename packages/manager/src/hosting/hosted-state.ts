/** Where the process of a Provider stands. */
export type HostedState =
  | { readonly kind: 'Starting' }
  | { readonly kind: 'Running'; readonly address: string; readonly version: string }
  | { readonly kind: 'WaitingForSecret'; readonly why: string; readonly sinceMs: number }
  | { readonly kind: 'PackageMissing'; readonly why: string; readonly sinceMs: number }
  | { readonly kind: 'Failed'; readonly why: string; readonly sinceMs: number }
  | { readonly kind: 'Stopped' };
