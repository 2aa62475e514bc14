import { ERRORS } from './errors.ts';
import { DBA, NOBODY } from './replication-agents.ts';
import type { Unmet } from './replication-agents.ts';
import type { ReadingGap, ReplicationReading } from './replication.ts';

const ENGINEER = 'platform engineer';

/** What to do where a server lets nobody in: it is cured, or it stays blind. */
const RENEW =
  'Renew the login or its password on the source server, and put the new connection string into Key Vault.';
const RENEW_TARGET =
  'Access to the database of a sandbox lapses after eight hours and at every database movement: request it again in Lifecycle Services, and put the new connection string into Key Vault.';

/** Why a blind poll saw nothing, and the cure: refused or lapsed access, a missing right, or a server that is away. */
export const blindCondition = ({ code, message }: NonNullable<ReplicationReading['blind']>): Unmet => {
  switch (code) {
    case 'C502':
      return {
        code: 'access-refused',
        message: `Replication could not be read: ${message}`,
        who: DBA,
        next: RENEW,
      };
    case 'C503':
      return {
        code: 'access-rights',
        message: `Replication could not be read: ${message}`,
        who: DBA,
        next: 'Grant it to the login of the app; rights in the distribution database exist from toolkit entry 4 to 8.',
      };
    case 'C504':
      return {
        code: 'replication-slow',
        message: `Replication could not be read: ${message}`,
        who: NOBODY,
        next: 'Wait: it is read again, less often; look at the load on the source server if it lasts.',
      };
    case 'C506':
      return {
        code: 'collector-silent',
        message: `Replication could not be read: ${message}`,
        who: DBA,
        next: ERRORS.C506.next,
      };
    default:
      return {
        code: 'replication-blind',
        message: `Replication could not be read: ${message}`,
        who: ENGINEER,
        next: 'Restore the access to the source server; see the error code in the runbook.',
      };
  }
};

const BLINDNESS: ReadonlySet<string> = new Set([
  'access-refused',
  'access-rights',
  'replication-slow',
  'collector-silent',
  'replication-blind',
]);

/** Whether a condition only says that replication could not be read. */
export const isBlindness = (code: string): boolean => BLINDNESS.has(code);

const GAPS: Readonly<Record<string, { readonly side: 'source' | 'target'; readonly what: string }>> = {
  'source-health': { side: 'source', what: 'The log and the disks of the source' },
  'table-estimates-source': { side: 'source', what: 'The estimated rows of the source' },
  'table-estimates-target': { side: 'target', what: 'The estimated rows of the target' },
};

const cureOfGap = (code: string, side: 'source' | 'target'): string => {
  if (code === 'C503') return 'Grant what is named to the login of the app.';
  if (code === 'C506') return ERRORS.C506.next;
  if (side === 'target') return RENEW_TARGET;
  return code === 'C502' ? RENEW : 'Restore the access to the source database.';
};

/** What a look could not read, each with its cure; a backlog that could not be read is told with its publication. */
export const gapConditions = (gaps: readonly ReadingGap[]): readonly Unmet[] =>
  gaps.flatMap(({ statement, code, message }) => {
    const gap = GAPS[statement];
    // Too slow is back-off's matter: nobody has to do anything.
    if (gap === undefined || code === 'C504') return [];
    const who = code === 'C501' ? ENGINEER : DBA;
    return {
      code: `access-${gap.side}:${statement}`,
      message: `${gap.what} could not be read: ${message}`,
      who: gap.side === 'target' && code !== 'C506' ? ENGINEER : who,
      next: cureOfGap(code, gap.side),
    };
  });
