import { z } from 'zod';
import { backupHistory } from '../contract/statements/backups.ts';
import type { Backup, ChainFinding } from '../core/backup-chain.ts';
import { chainAfter } from '../core/backup-chain.ts';
import { CutoverError } from '../core/errors.ts';
import { asksAutomation, automationEffect } from './automation-task.ts';
import type { KindVerdict, StepContext } from './kind.ts';
import { defineKind } from './kind.ts';
import { automationSchema } from './names.ts';
import { onClockOf } from './server-time.ts';
import { acceptsSchema, isAccessRefused } from './sources.ts';
import { done, notYet } from './verdicts.ts';

const SOURCES = ['pulled', 'pushed', 'file'] as const;
const params = z.strictObject({ automation: automationSchema, accepts: acceptsSchema(SOURCES) });
type Params = z.infer<typeof params>;

/** What the server's own history of backups says. */
type History = {
  readonly serverTime: number;
  /** By how much the server's clock is ahead of the cutover's. */
  readonly offsetMs: number;
  readonly backups: readonly Backup[];
};

/** A report on a backup that the server knows nothing of, and the two people who answer for it. */
type Report = {
  readonly product: string;
  readonly startedAt: number;
  readonly finishedAt: number;
  readonly location: string;
  readonly verified: boolean;
  readonly database: string;
  readonly by: string;
  readonly confirmedBy: string | null;
};

type Reading = {
  readonly database: string;
  /** Null where the server is not asked, or does not let the app look. */
  readonly history: History | null;
  readonly report: Report | null;
};

const KINDS = { D: 'full', I: 'differential', L: 'log' } as const;

const iso = (instant: number): string => new Date(instant).toISOString();

const readHistory = async ({ ports, bindings, now }: StepContext<Params>): Promise<History> => {
  const rows = await ports.sql.query(backupHistory, { database: bindings.source.database });
  const [first] = rows;
  if (first === undefined) throw new CutoverError('C505', `${backupHistory.name} gave no row`);
  const backups = rows.flatMap(({ id, type, copyOnly, startedAt, damaged, checksums, ...rest }) => {
    if (id === null || type === null || startedAt === null) return [];
    const { finishedAt, firstLsn, lastLsn, baseId, device } = rest;
    const flags = {
      copyOnly: copyOnly === true,
      damaged: damaged === true,
      checksums: checksums === true,
    };
    return [{ id, kind: KINDS[type], ...flags, startedAt, finishedAt, firstLsn, lastLsn, baseId, device }];
  });
  return { serverTime: first.serverTime, offsetMs: first.serverTime - now, backups };
};

const readReport = async ({ given }: StepContext<Params>): Promise<Report | null> => {
  const found = await given('backup-report');
  if (found === null) return null;
  const { product, startedAt, finishedAt, location, verified, database } = found.document;
  const { by, confirmed } = found.upload;
  const people = { by: by.name, confirmedBy: confirmed?.by.name ?? null };
  return { product, startedAt, finishedAt, location, verified, database, ...people };
};

/** Where the server may not be asked, a report can stand for it. */
const historyOrRefusal = async (context: StepContext<Params>): Promise<History | CutoverError> => {
  try {
    return await readHistory(context);
  } catch (error) {
    if (error instanceof CutoverError && isAccessRefused(error)) return error;
    throw error;
  }
};

const found = (history: History | null, takenAt: number, stop: number): ChainFinding =>
  history && chainAfter(history.backups, onClockOf({ serverTime: history.serverTime, takenAt }, stop));

/** What a report lacks to stand for the history of the server; null where it suffices. */
const lackOfReport = (report: Report, database: string, stop: number): string | null => {
  const of = `The backup reported by ${report.by}`;
  if (report.database.toLowerCase() !== database.toLowerCase()) return `${of} is of ${report.database}`;
  if (report.startedAt < stop) return `${of} was started ${iso(report.startedAt)}, before AX was off`;
  if (!report.verified) return `${of} was not proved to be restorable`;
  return report.confirmedBy === null ? `${of} waits for a second person to confirm it` : null;
};

/** The backup taken after AX went off is the only way back to AX 2012. */
export const backupSource = defineKind<Params, Reading>({
  name: 'backup-source',
  summary:
    'Has the source database backed up after AX is off, and proves by the history of the server, or by a report that two people answer for, that it can be restored.',
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
  accepts: ({ accepts }) => accepts ?? SOURCES,
  pollEveryMs: 60_000,
  read: async (context) => {
    const { bindings, now, state, params: chosen } = context;
    const accepts = chosen.accepts ?? SOURCES;
    const way = context.ports.sql.sourceOf(backupHistory.server);
    const answer = accepts.includes(way) ? await historyOrRefusal(context) : null;
    const report = accepts.includes('file') ? await readReport(context) : null;
    if (answer instanceof CutoverError && report === null) throw answer;
    const history = answer instanceof CutoverError ? null : answer;
    const finding = found(history, now, state.milestones['aos-stopped'] ?? 0);
    const proved = finding !== null && 'chain' in finding;
    return {
      source: proved || report === null ? 'pulled' : 'file',
      takenAt: now,
      body: { database: bindings.source.database, history, report },
    };
  },
  judge: ({ state, planned }, { takenAt, body: { database, history, report } }): KindVerdict => {
    const stop = state.milestones['aos-stopped'];
    const lacking = (code: string, message: string, next: string) =>
      notYet({ code, message, who: planned.owner, next });
    const take = `Take a full backup of ${database} WITH CHECKSUM, then RESTORE VERIFYONLY.`;
    if (stop === undefined) {
      return lacking(
        'ax-not-off',
        'AX is not known to be off, so no backup can be the last one',
        'Let the step that stops AX succeed first.',
      );
    }
    const finding = found(history, takenAt, stop);
    if (finding !== null && 'chain' in finding) {
      const [root] = finding.chain;
      const last = finding.chain.at(-1) ?? root;
      const more = finding.chain.length === 1 ? '' : `, the last of ${finding.chain.length} to be restored`;
      return done(
        `Backup of ${database} (${last.kind}) started ${iso(last.startedAt)} on the server's clock, after AX was off${more}`,
      );
    }
    if (report !== null) {
      const lack = lackOfReport(report, database, stop);
      if (lack !== null) {
        return lacking(
          'backup-report',
          lack,
          'Mend it, upload the report anew and have a second person confirm it.',
        );
      }
      return done(
        `Backup of ${database} by ${report.product} started ${iso(report.startedAt)}, reported by ${report.by} and confirmed by ${report.confirmedBy ?? ''}`,
      );
    }
    if (finding !== null) {
      const { newest, why } = finding;
      return lacking(
        'backup-flawed',
        `The backup of ${database} started ${iso(newest.startedAt)} ${why}`,
        take,
      );
    }
    return lacking('backup-missing', `No backup of ${database} was started since AX was off`, take);
  },
});
