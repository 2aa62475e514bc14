import { z } from 'zod';
import { fullBackups } from '../contract/statements/backups.ts';
import { CutoverError } from '../core/errors.ts';
import { asksAutomation, automationEffect } from './automation-task.ts';
import { defineKind } from './kind.ts';
import { automationSchema } from './names.ts';
import { onClockOf } from './server-time.ts';
import { done, notYet } from './verdicts.ts';

const params = z.strictObject({ automation: automationSchema });
type Params = z.infer<typeof params>;

type Backup = {
  readonly startedAt: number;
  readonly finishedAt: number | null;
  readonly damaged: boolean;
  readonly checksums: boolean;
  readonly device: string | null;
};

type Reading = {
  readonly database: string;
  readonly serverTime: number;
  /** By how much the server's clock is ahead of the cutover's. */
  readonly offsetMs: number;
  readonly backups: readonly Backup[];
};

const isSound = ({ finishedAt, damaged, checksums }: Backup): boolean =>
  finishedAt !== null && !damaged && checksums;

const flaw = ({ finishedAt, damaged }: Backup): string => {
  if (finishedAt === null) return 'has not finished';
  return damaged ? 'is damaged' : 'was taken without checksums, so it cannot be verified';
};

const iso = (instant: number): string => new Date(instant).toISOString();

/** The backup taken after AX went off is the only way back to AX 2012. */
export const backupSource = defineKind<Params, Reading>({
  name: 'backup-source',
  summary:
    'Has the source database backed up after AX is off, and proves the backup by the history of the server.',
  params,
  asks: asksAutomation,
  dataGate: false,
  rule: null,
  effect: automationEffect<Params>(({ bindings }) => ({
    what: 'backup-source',
    server: bindings.source.server,
    database: bindings.source.database,
    kind: 'full, with CHECKSUM',
  })),
  pollEveryMs: 60_000,
  read: async ({ ports, bindings, now }) => {
    const { database } = bindings.source;
    const rows = await ports.sql.query(fullBackups, { database });
    const [first] = rows;
    if (first === undefined) throw new CutoverError('C505', `${fullBackups.name} gave no row`);
    const backups = rows.flatMap(({ startedAt, finishedAt, damaged, checksums, device }) =>
      startedAt === null
        ? []
        : [{ startedAt, finishedAt, damaged: damaged === true, checksums: checksums === true, device }],
    );
    const { serverTime } = first;
    return {
      source: 'pulled',
      takenAt: now,
      body: { database, serverTime, offsetMs: serverTime - now, backups },
    };
  },
  judge: ({ state, planned }, { takenAt, body: { database, serverTime, backups } }) => {
    const stoppedAt = state.milestones['aos-stopped'];
    const lacking = (code: string, message: string) =>
      notYet({
        code,
        message,
        who: planned.owner,
        next: `Take a full backup of ${database} WITH CHECKSUM, then RESTORE VERIFYONLY.`,
      });
    if (stoppedAt === undefined) {
      return notYet({
        code: 'ax-not-off',
        message: 'AX is not known to be off, so no backup can be the last one',
        who: planned.owner,
        next: 'Let the step that stops AX succeed first.',
      });
    }
    const stop = onClockOf({ serverTime, takenAt }, stoppedAt);
    const later = backups.filter(({ startedAt }) => startedAt >= stop);
    const sound = later.find(isSound);
    if (sound !== undefined) {
      return done(
        `Full backup of ${database} started ${iso(sound.startedAt)} on the server's clock, after AX was off`,
      );
    }
    const [newest] = later;
    if (newest !== undefined) {
      return lacking(
        'backup-flawed',
        `The backup of ${database} started ${iso(newest.startedAt)} ${flaw(newest)}`,
      );
    }
    return lacking('backup-missing', `No full backup of ${database} was started since AX was off`);
  },
});
