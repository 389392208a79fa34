/** What {@link judgeShrink} judges. */
export interface ShrinkInput {
  /** Uids of the VMs that are bound to the Provider, were Ready, and are not being deleted; or were missing before they were. */
  readonly expected: readonly string[];
  readonly isMissing: (uid: string) => boolean;
  /** Missing VMs that a person has accepted as gone. */
  readonly accepted: ReadonlySet<string>;
}

/** How many of a Provider's VMs are missing, and whether that is more than is believable. */
export interface ShrinkVerdict {
  readonly shrunk: boolean;
  readonly missing: readonly string[];
  readonly expected: number;
}

/** Judges an inventory: more than max(3, 10 %) missing at once is not believed. Pure. */
export function judgeShrink({ expected, isMissing, accepted }: ShrinkInput): ShrinkVerdict {
  const missing = expected.filter((uid) => !accepted.has(uid) && isMissing(uid));
  return { shrunk: missing.length > tolerated(expected.length), missing, expected: expected.length };
}

/** How many of so many may be missing at once, and still be believed to be gone. */
export function tolerated(expected: number): number {
  return Math.max(3, expected * 0.1);
}
