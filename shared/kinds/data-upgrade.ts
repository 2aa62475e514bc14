import { z } from 'zod';
import type { Unmet } from '../core/replication-agents.ts';
import { DBA } from '../core/replication-agents.ts';
import { activityConditions, openServicing } from '../core/upgrade-activity.ts';
import type { ReportedState, UpgradeStep } from '../core/upgrade-completion.ts';
import { completionOf } from '../core/upgrade-completion.ts';
import { expectationOf, lateInWords, paceConditions, paceOf } from '../core/upgrade-pace.ts';
import type { JudgeContext, KindReading, KindVerdict } from './kind.ts';
import { defineKind } from './kind.ts';
import { lcsState } from './lcs-state.ts';
import { acceptsSchema, READ } from './sources.ts';
import type { UpgradeReading } from './upgrade-reading.ts';
import { readUpgrade } from './upgrade-reading.ts';
import { done, failed, notYet } from './verdicts.ts';

const SOURCES = [...READ, 'file'] as const;
const params = z.strictObject({
  accepts: acceptsSchema(SOURCES),
  rehearsalMs: z
    .record(z.string().min(1).max(600), z.array(z.int().min(1)).min(1).max(100))
    .optional()
    .meta({
      description:
        'How long each sub-step took in each rehearsal, in milliseconds, by its name as the evidence of the rehearsal has it (step, or step / sub-step); absent: nothing is known.',
    }),
});
type Params = z.infer<typeof params>;
type Context = JudgeContext<Params>;

/** The states that mean something while a data upgrade is awaited; of others none is expected. */
const EXPECTED = ['deployed', 'failed', 'upgrading', 'replicated'] as const;

const PASTE =
  'request access to the sandbox database in Lifecycle Services again and put the new connection string into Key Vault, or run the report ds of the toolkit and upload its whole text as upgrade-status';

const reportedBy = (by: string, words: string): ReportedState => ({
  state: EXPECTED.find((state) => state === lcsState(words)) ?? 'other',
  words,
  by,
});

const isOfAttempt = ({ report }: UpgradeReading): boolean => report?.isOfAttempt === true;

/** What is said of the environment: by Lifecycle Services, or by the report where these say nothing. */
const reportedIn = (reading: UpgradeReading): ReportedState | null => {
  const { lcs, report } = reading;
  if (lcs !== null) return reportedBy('Lifecycle Services', lcs);
  if (report === null || !isOfAttempt(reading) || report.topology === null) return null;
  return reportedBy(`the report of ${report.by}`, report.topology);
};

/** Whether something of the pasted report is what the judgement rests on. */
const restsOnReport = (reading: UpgradeReading): boolean =>
  isOfAttempt(reading) &&
  (reading.watched === null || (reading.lcs === null && reading.report?.topology !== null));

/** What the app needs to see anything of the steps; null where it sees them. */
const blindness = (reading: UpgradeReading): Unmet | null => {
  const { refused, report } = reading;
  if (refused === null) return null;
  const lacks = (code: string, message: string, next: string): Unmet => ({ code, message, who: DBA, next });
  const away = `The steps of the data upgrade cannot be read: ${refused.message}`;
  if (report === null) {
    return lacks('upgrade-unreadable', `${away}, and nobody has given a report ds`, `Either ${PASTE}.`);
  }
  if (!isOfAttempt(reading)) {
    return lacks(
      'upgrade-unreadable',
      `${away}, and the report of ${report.by} is of ${new Date(report.takenAt).toISOString()}: not of this attempt`,
      `Either ${PASTE}, with the time at which it was shown.`,
    );
  }
  if (report.steps.length > 0) return null;
  return lacks(
    'upgrade-report-unreadable',
    `${away}, and no step of the upgrade is found in the report of ${report.by}`,
    'Upload the whole text of the report ds, with a line for each step and its status.',
  );
};

/** What is wanted besides the two readings before the upgrade has ended. */
const lackOfProof = (reading: UpgradeReading): Unmet | null => {
  const open = reading.watched === null ? [] : openServicing(reading.watched.activity);
  if (open.length > 0) {
    return {
      code: 'upgrade-servicing',
      message: `The steps of the upgrade are completed, and its servicing is not: ${open.join(', ')}`,
      who: DBA,
      next: 'Wait; if it lasts, run the report ds of the toolkit and have Microsoft support look.',
    };
  }
  if (!restsOnReport(reading) || reading.report?.confirmedBy !== null) return null;
  return {
    code: 'upgrade-report-unconfirmed',
    message: `The report of ${reading.report.by} shows the end of the upgrade, and waits for a second person to confirm it`,
    who: DBA,
    next: 'Have a second person look with ds and confirm the upload.',
  };
};

const judgeUpgrade = (
  { step, params: { rehearsalMs } }: Pick<Context, 'step' | 'params'>,
  { body: reading, takenAt }: Pick<KindReading<UpgradeReading>, 'body' | 'takenAt'>,
): KindVerdict => {
  const blind = blindness(reading);
  if (blind !== null) return notYet(blind);
  const { watched, report } = reading;
  const steps: readonly UpgradeStep[] = watched?.steps ?? report?.steps ?? [];
  const completion = completionOf(reportedIn(reading), steps);
  if (completion.is === 'failed') return failed('C603', completion.detail);
  const pace = watched === null ? [] : paceOf(watched.steps, rehearsalMs ?? {}, watched.activity.serverTime);
  if (completion.is === 'finished') {
    const lack = lackOfProof(reading);
    return lack === null ? done(`${completion.summary}${lateInWords(pace)}`) : notYet(lack);
  }
  const { message, ...unmet } = completion.unmet;
  const more = watched === null ? [] : activityConditions(watched.activity, step.unmet, takenAt);
  return notYet({ ...unmet, message: `${message}${expectationOf(pace)}` }, ...paceConditions(pace), ...more);
};

/** The upgrade has succeeded when the state reported and the steps say so, neither alone. */
export const dataUpgrade = defineKind<Params, UpgradeReading>({
  name: 'data-upgrade',
  summary: 'Follows the data upgrade in the sandbox to its end.',
  params,
  asks: () => 'world',
  dataGate: true,
  rule: null,
  effect: null,
  accepts: ({ accepts }) => accepts ?? SOURCES,
  pollEveryMs: 5 * 60_000,
  read: async (context) => {
    const body = await readUpgrade(context, context.params.accepts ?? SOURCES);
    return { source: restsOnReport(body) ? 'file' : 'pulled', takenAt: context.now, body };
  },
  judge: judgeUpgrade,
});
