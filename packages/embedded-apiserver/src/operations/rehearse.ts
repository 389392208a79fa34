import type { Transaction } from '../storage/transaction.ts';
import type { WriteOptions } from './api.ts';

/** Does a write; takes it back when the client only wanted to know what would come of it. */
export function rehearse<Result>(
  transaction: Transaction,
  options: Pick<WriteOptions, 'dryRun'>,
  work: () => Result,
): Result {
  const mark = transaction.mark();
  const result = work();
  if (options.dryRun === 'All') transaction.rollback(mark);
  return result;
}
