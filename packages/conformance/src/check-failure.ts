/** What a failed check tells the provider's author. */
export interface Finding {
  /** The calls that led here, the last one last. */
  readonly sent: string;
  readonly expected: string;
  readonly came: string;
}

/** Why a check is over before it has passed. */
export type CheckEnd =
  | { readonly kind: 'failed'; readonly finding: Finding }
  /** The provider said, by CAPABILITY_MISSING or by what it does, that this does not apply to it. */
  | { readonly kind: 'not-applicable'; readonly why: string }
  /** The suite itself was given something that cannot work: a wrong address, a profile that does not fit. */
  | { readonly kind: 'misused'; readonly why: string };

/** The one error of this package. */
export class ConformanceError extends Error {
  override readonly name = 'ConformanceError';
  readonly end: CheckEnd;

  constructor(end: CheckEnd, options?: ErrorOptions) {
    super(
      end.kind === 'failed'
        ? `expected ${end.finding.expected}; came ${end.finding.came}; sent ${end.finding.sent}`
        : end.why,
      options,
    );
    this.end = end;
  }
}
