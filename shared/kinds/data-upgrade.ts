import { z } from 'zod';
import type { DataUpgradeRow } from '../contract/statements/data-upgrade-status.ts';
import { dataUpgradeStatus } from '../contract/statements/data-upgrade-status.ts';
import type { Unmet } from '../core/replication-agents.ts';
import { defineKind } from './kind.ts';
import type { KindVerdict } from './kind.ts';
import { lcsState } from './lcs-state.ts';
import { onClockOf } from './server-time.ts';
import { acceptsSchema, READ } from './sources.ts';
import { done, failed, notYet } from './verdicts.ts';

const params = z.strictObject({ accepts: acceptsSchema(READ) });

type UpgradeStep = { readonly name: string; readonly status: string };

/** `lcs` is null where there is no access to Lifecycle Services. */
type Reading = { readonly lcs: string | null; readonly steps: readonly UpgradeStep[] };

/** The last step the page of Microsoft names: without Lifecycle Services only its end shows the end of the upgrade. */
const LAST_STEP = /^FinalDbSync/i;

const bare = (status: string): string => status.toLowerCase().replaceAll(/[\s_-]/g, '');
const isCompleted = ({ status }: UpgradeStep): boolean => bare(status) === 'completed';
const hasFailed = ({ status }: UpgradeStep): boolean => bare(status) === 'failed';

/** The steps of this upgrade: those of an earlier one in the same database began before replication was removed. */
const stepsSince = (
  rows: readonly DataUpgradeRow[],
  takenAt: number,
  since: number | undefined,
): readonly UpgradeStep[] =>
  rows.flatMap(({ step, subStep, status, startedAt, serverTime }) => {
    if (step === null) return [];
    const earlier =
      since !== undefined && startedAt !== null && startedAt < onClockOf({ serverTime, takenAt }, since);
    if (earlier) return [];
    return [
      { name: subStep === null || subStep === '' ? step : `${step} / ${subStep}`, status: status ?? '' },
    ];
  });

const waiting = (code: string, message: string, next: string): KindVerdict => {
  const condition: Unmet = { code, message, who: 'DBA', next };
  return notYet(condition);
};

const running = (steps: readonly UpgradeStep[]): KindVerdict => {
  const open = steps.filter((step) => !isCompleted(step));
  const at = open[0] === undefined ? 'between two steps' : `at ${open[0].name} (${open[0].status})`;
  return waiting(
    'upgrade-running',
    `The data upgrade is ${at}`,
    'Wait; follow it with the report ds of the toolkit.',
  );
};

/** The truth table of the two readings: "Deployed" alone is also the state before the upgrade. */
const judgeUpgrade = ({ lcs, steps }: Reading): KindVerdict => {
  const last = steps.at(-1);
  const broken = steps.findLast(hasFailed);
  const complete = last !== undefined && steps.every(isCompleted);
  const summary = `${steps.length} upgrade step(s) completed`;
  if (lcs === null) {
    if (last !== undefined && hasFailed(last)) return failed('C603', last.name);
    if (complete && steps.some(({ name }) => LAST_STEP.test(name))) {
      return done(`${summary}; the state in Lifecycle Services was not readable`);
    }
    return running(steps);
  }
  switch (lcsState(lcs)) {
    case 'failed':
      return failed('C603', broken?.name ?? last?.name ?? 'before its first step');
    case 'deployed':
      if (last === undefined) {
        return waiting(
          'upgrade-unseen',
          'Lifecycle Services says Deployed, but no step of the upgrade has been seen',
          'Check that toolkit entry 10 was run.',
        );
      }
      if (complete) return done(`${summary}; Lifecycle Services says Deployed`);
      return hasFailed(last) ? failed('C603', last.name) : running(steps);
    case 'upgrading':
      if (last === undefined || !hasFailed(last)) return running(steps);
      return waiting(
        'upgrade-step-failed',
        `${last.name} has failed, and Lifecycle Services does not say so yet`,
        'Run the report ds of the toolkit; press Resume (entry 10) once it offers it.',
      );
    case 'replicated':
      return waiting(
        'upgrade-not-started',
        'Lifecycle Services says that replication is completed: the upgrade has not begun',
        'Run toolkit entry 10.',
      );
    default:
      return waiting(
        'lcs-state-unknown',
        `Lifecycle Services shows a state nobody expects here: "${lcs}"`,
        'Look at the environment in Lifecycle Services and run the report ds of the toolkit.',
      );
  }
};

/** The upgrade has succeeded when Lifecycle Services says Deployed and every step says Completed. */
export const dataUpgrade = defineKind<z.infer<typeof params>, Reading>({
  name: 'data-upgrade',
  summary: 'Follows the data upgrade in the sandbox to its end.',
  params,
  asks: () => 'world',
  dataGate: true,
  rule: null,
  effect: null,
  accepts: ({ accepts }) => accepts ?? READ,
  pollEveryMs: 5 * 60_000,
  read: async ({ ports, bindings, state, now }) => {
    const rows = await ports.sql.query(dataUpgradeStatus, null);
    const environment =
      ports.lcs === null || bindings.lcs === null
        ? null
        : await ports.lcs.environment(bindings.lcs.sandboxEnvironmentId);
    return {
      source: 'pulled',
      takenAt: now,
      body: {
        lcs: environment?.state ?? null,
        steps: stepsSince(rows, now, state.milestones['replication-removed']),
      },
    };
  },
  judge: (_, { body }) => judgeUpgrade(body),
});
