/**
 * What went wrong:
 * `BadInput`: what the person gave cannot be used; `NoTarget`: it is not clear which API server is meant; `Refused`: the API
 * server, or the person, said no; `Unmet`: what was waited for did not happen; `Locked`: the state directory is in use;
 * `ChildEnded`: a program that `up` runs has ended by itself.
 */
export type CliErrorCode = 'BadInput' | 'NoTarget' | 'Refused' | 'Unmet' | 'Locked' | 'ChildEnded';

/** The one error of this package. Its message is one line, and says what to do. */
export class CliError extends Error {
  override readonly name = 'CliError';
  readonly code: CliErrorCode;

  constructor(code: CliErrorCode, message: string, options?: { readonly cause?: unknown }) {
    super(message, options);
    this.code = code;
  }
}
