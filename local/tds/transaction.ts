import { uintBytes } from './bytes.ts';
import type { TransactionOperation } from './requests.ts';
import { notSupported, SqlError } from './sql-error.ts';
import { bytesChangeToken, CHANGE } from './tokens.ts';

/** The transaction of one session: there is none or one, nothing is undone by rolling back. */
export type SessionTransaction = {
  readonly open: () => boolean;
  /** Does what the client asks and returns the ENVCHANGE token that tells it so. */
  readonly apply: (operation: TransactionOperation) => Buffer;
  /** Ends the open transaction, if any, and returns the token that tells the client. */
  readonly abandon: () => readonly Buffer[];
};

const NOTHING = Buffer.alloc(0);

/** A session without a transaction. */
export function sessionTransaction(): SessionTransaction {
  let current = 0n;
  let last = 0n;
  const end = (change: number): Buffer => {
    const descriptor = uintBytes(current, 8);
    current = 0n;
    return bytesChangeToken(change, NOTHING, descriptor);
  };
  return {
    open: () => current !== 0n,
    apply: (operation) => {
      if (operation === 'begin') {
        if (current !== 0n) throw notSupported('a transaction within a transaction');
        current = ++last;
        return bytesChangeToken(CHANGE.beginTransaction, uintBytes(current, 8), NOTHING);
      }
      if (current === 0n) throw withoutBegin(operation);
      return end(operation === 'commit' ? CHANGE.commitTransaction : CHANGE.rollbackTransaction);
    },
    abandon: () => (current === 0n ? [] : [end(CHANGE.rollbackTransaction)]),
  };
}

function withoutBegin(operation: 'commit' | 'rollback'): SqlError {
  const number = operation === 'commit' ? 3902 : 3903;
  const name = operation.toUpperCase();
  return new SqlError(number, `The ${name} TRANSACTION request has no corresponding BEGIN TRANSACTION.`);
}
