import type { ContractError } from '@virtrigaud/grpc-contract/client';
import { Code, Reason } from '@virtrigaud/grpc-contract/client';
import type { CapabilityName } from '../check.ts';
import { ConformanceError } from '../check-failure.ts';
import type { Journal } from './journal.ts';
import { show, showError, showRefusal } from './show.ts';

/** What came of one call. */
export type Outcome<T> =
  | { readonly ok: true; readonly sent: string; readonly answer: T }
  | {
      readonly ok: false;
      readonly sent: string;
      readonly error: ContractError;
      /** The capabilities of which the call is the use. */
      readonly uses: readonly CapabilityName[];
    };

type Refused = Extract<Outcome<never>, { readonly ok: false }>;

/** Whether the provider says that what was asked is none of the things that it does. */
export const isBeyondIt = ({ code, reason }: ContractError): boolean =>
  code === Code.UNIMPLEMENTED && reason === Reason.CapabilityMissing;

/** Something that has to be so. */
export interface Expectation {
  readonly holds: boolean;
  /** In words that go on from "expected". */
  readonly expected: string;
  /** What came, rendered when it is not so. */
  readonly came: unknown;
}

/** How a call has to be refused. */
export interface Refusal {
  readonly code: Code;
  readonly reason?: string | undefined;
  /** What has to be so that this is right, for the message. */
  readonly because: string;
}

/** Holds what comes against what the contract says, and ends the check where it differs. */
export class Verdict {
  readonly #journal: Journal;
  readonly #announced: CapabilityName | undefined;

  /**
   * @param announced - the capability that the check is about, which the provider says that it has.
   */
  constructor(journal: Journal, announced?: CapabilityName) {
    this.#journal = journal;
    this.#announced = announced;
  }

  /** One thing that the check proves. */
  holds({ holds, expected, came }: Expectation): void {
    this.#journal.proved();
    if (!holds) throw this.failure(expected, typeof came === 'string' ? came : show(came));
  }

  /** The answer of a call that has to succeed for the check to go on. By itself it proves nothing. */
  accepted<T>(outcome: Outcome<T>): T {
    if (outcome.ok) return outcome.answer;
    if (isBeyondIt(outcome.error)) throw this.#beyondIt(outcome);
    throw this.failure('that it succeeds', showError(outcome.error));
  }

  /** The answer of a call that every provider has to grant, also one that does nothing of the kind. */
  granted<T>(outcome: Outcome<T>, because: string): T {
    this.#journal.proved();
    if (!outcome.ok) throw this.failure(`that it succeeds, since ${because}`, showError(outcome.error));
    return outcome.answer;
  }

  /**
   * The failure of a call that has to be refused in just this way. Ends the check, as one that was not run, where the provider does not
   * do at all what was asked: it need not look at what was wrong with it.
   */
  refused<T>(outcome: Outcome<T>, { code, reason, because }: Refusal): ContractError {
    const expected = `${showRefusal(code, reason)}, since ${because}`;
    const isAsExpected =
      !outcome.ok && outcome.error.code === code && (reason === undefined || outcome.error.reason === reason);
    if (!outcome.ok && !isAsExpected && isBeyondIt(outcome.error)) throw this.#beyondIt(outcome);
    this.#journal.proved();
    if (outcome.ok) throw this.failure(expected, `success: ${show(outcome.answer)}`);
    if (!isAsExpected) throw this.failure(expected, showError(outcome.error));
    return outcome.error;
  }

  /** What the provider says that it does not do is not held against it, unless it is what it announces. */
  #beyondIt(outcome: Refused): ConformanceError {
    const { error, uses } = outcome;
    if (this.#announced === undefined || !uses.includes(this.#announced)) return notApplicable(outcome);
    return this.failure(`that it is done, as the provider announces ${this.#announced}`, showError(error));
  }

  failure(expected: string, came: string): ConformanceError {
    return new ConformanceError({ kind: 'failed', finding: { sent: this.#journal.sent, expected, came } });
  }
}

const notApplicable = ({ sent, error }: Refused) =>
  new ConformanceError({ kind: 'not-applicable', why: `the provider answers ${sent}: ${error.message}` });
