import type { StatusView, WaitingForView } from '../shared/contract/status.ts';
import type { Mismatch } from '../shared/core/counts.ts';
import type { ReadingSource } from '../shared/core/state.ts';
import type { Verdict } from '../shared/core/table-verdict.ts';
import { VERDICTS } from '../shared/core/table-verdict.ts';
import type { ShownEvent } from './api.ts';

/** An unmet condition that was met on the way, as it was told first; `steps` are those that lacked it. */
export type MetCondition = {
  readonly code: string;
  readonly message: string;
  readonly who: string;
  readonly steps: readonly string[];
};

/** How a local run ended, as `--json` prints it. */
export type Summary = {
  readonly status: StatusView['status'];
  readonly phases: readonly {
    readonly name: string;
    readonly steps: readonly {
      readonly id: string;
      readonly kind: string;
      readonly status: string;
      readonly attempts: number;
      readonly startedAt: string | null;
      readonly endedAt: string | null;
      /** Where the weakest of what proves it comes from; null as long as nothing does. */
      readonly source: ReadingSource | null;
    }[];
  }[];
  readonly messages: number;
  readonly snapshots: number;
  readonly mismatches: readonly Mismatch[];
  /** How many tables have each verdict, without the verdicts of none. */
  readonly verdicts: Readonly<Record<string, number>>;
  /** What was met on the way, whether it lasted or not. */
  readonly met: {
    readonly verdicts: readonly Verdict[];
    readonly conditions: readonly MetCondition[];
  };
  readonly waitingFor: readonly WaitingForView[];
  /** Real time from the start request to the end. */
  readonly durationMs: number;
};

/** What else the summary is made of than the status. */
export type RunFigures = Pick<
  Summary,
  'messages' | 'snapshots' | 'mismatches' | 'verdicts' | 'met' | 'durationMs'
>;

/** The unmet conditions that events tell of, in the order in which they were first met. */
export const conditionsMet = (events: readonly ShownEvent[]): readonly MetCondition[] => {
  const met = new Map<string, MetCondition>();
  for (const event of events) {
    if (event.type !== 'replication-changed' && event.type !== 'step-checked') continue;
    const steps = event.type === 'step-checked' ? [event.stepId] : [];
    for (const { code, message, who } of event.unmet) {
      const known = met.get(code) ?? { code, message, who, steps: [] };
      met.set(code, { ...known, steps: [...new Set([...known.steps, ...steps])] });
    }
  }
  return [...met.values()];
};

/** The verdicts that totals name, worst first. */
export const verdictsMet = (totals: readonly Readonly<Record<string, number>>[]): readonly Verdict[] =>
  VERDICTS.filter((verdict) => totals.some((total) => (total[verdict] ?? 0) > 0));

/** The summary of a run. */
export const summaryOf = (status: StatusView, figures: RunFigures): Summary => ({
  status: status.status,
  phases: status.phases.map(({ name, steps }) => ({
    name,
    steps: steps.map(({ id, kind, status: of, attempts, startedAt, endedAt, evidence }) => ({
      id,
      kind,
      status: of,
      attempts,
      startedAt,
      endedAt,
      source: evidence?.source ?? null,
    })),
  })),
  messages: figures.messages,
  snapshots: figures.snapshots,
  mismatches: figures.mismatches,
  verdicts: Object.fromEntries(Object.entries(figures.verdicts).filter(([, tables]) => tables > 0)),
  met: figures.met,
  waitingFor: status.waitingFor,
  durationMs: figures.durationMs,
});

/** The exit code of a run: 0 completed, 3 waits for a decision, 4 aborted, 1 anything else. */
export const exitCodeOf = ({ status, waitingFor }: Summary): number => {
  if (status === 'completed') return 0;
  if (status === 'aborted') return 4;
  return waitingFor.some(({ what }) => what === 'decision' || what === 'effect' || what === 'resume') ? 3 : 1;
};

/** The summary for a person. */
export const summaryText = (summary: Summary, title: string): string => {
  const steps = summary.phases.flatMap(({ steps: own }) => own);
  const count = (status: string): number => steps.filter((step) => step.status === status).length;
  const verdicts = Object.entries(summary.verdicts).map(([name, tables]) => `${tables} ${name}`);
  const retried = steps
    .filter(({ attempts }) => attempts > 1)
    .map(({ id, attempts }) => `${id} (${attempts} attempts)`);
  return [
    '',
    `${title}: ${summary.status}`,
    `  ${count('succeeded')} of ${steps.length} steps succeeded, ${count('skipped')} skipped, ${count('failed')} failed`,
    ...(retried.length === 0 ? [] : [`  tried again: ${retried.join(', ')}`]),
    `  ${summary.messages} messages, ${summary.snapshots} snapshots of the row counts, ${(summary.durationMs / 1000).toFixed(1)} s`,
    ...(verdicts.length === 0 ? [] : [`  tables: ${verdicts.join(', ')}`]),
    ...summary.mismatches.map(({ table, reason }) => `  differs: ${table}: ${reason}`),
    ...summary.waitingFor.map(({ who, message, next }) => `  waits for ${who}: ${message} ${next}`),
  ].join('\n');
};
