import type { ContractError } from '@virtrigaud/grpc-contract/client';
import { Code, Reason } from '@virtrigaud/grpc-contract/client';
import { ConformanceError } from '../check-failure.ts';
import type { Journal } from './journal.ts';
import { show, showError, showRefusal } from './show.ts';

/** What came of one call. */
export type Outcome<T> =
  | { readonly ok: true; readonly sent: string; readonly answer: T }
  | { readonly ok: false; readonly sent: string; readonly error: ContractError };

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

  constructor(journal: Journal) {
    this.#journal = journal;
  }

  /** One thing that the check proves. */
  holds({ holds, expected, came }: Expectation): void {
    this.#journal.proved();
    if (!holds) throw this.failure(expected, typeof came === 'string' ? came : show(came));
  }

  /** The answer of a call that has to succeed for the check to go on. By itself it proves nothing. */
  accepted<T>(outcome: Outcome<T>): T {
    if (outcome.ok) return outcome.answer;
    const { error } = outcome;
    if (error.code === Code.UNIMPLEMENTED && error.reason === Reason.CapabilityMissing) {
      throw new ConformanceError({
        kind: 'not-applicable',
        why: `the provider answers ${outcome.sent}: ${error.message}`,
      });
    }
    throw this.failure('that it succeeds', showError(error));
  }

  /** The failure of a call that has to be refused in just this way. */
  refused<T>(outcome: Outcome<T>, { code, reason, because }: Refusal): ContractError {
    this.#journal.proved();
    const expected = `${showRefusal(code, reason)}, since ${because}`;
    if (outcome.ok) throw this.failure(expected, `success: ${show(outcome.answer)}`);
    const { error } = outcome;
    if (error.code !== code || (reason !== undefined && error.reason !== reason)) {
      throw this.failure(expected, showError(error));
    }
    return error;
  }

  failure(expected: string, came: string): ConformanceError {
    return new ConformanceError({ kind: 'failed', finding: { sent: this.#journal.sent, expected, came } });
  }
}
