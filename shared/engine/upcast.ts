import { usualReminders } from '../contract/reminders.ts';
import { briefly } from '../core/brief.ts';
import type { StepState } from '../core/state.ts';
import { isStepTerminal } from '../core/state.ts';

/** What a row holds, or one event of a row of events, as some version wrote it. */
type Body = Readonly<Record<string, unknown>>;

/**
 * What may be brought up to the present version. Evidence, and the names, counts and manifest of a snapshot, are not:
 * a hash covers them, so they are what they were when they were written.
 */
export type Upcastable = 'head' | 'plan' | 'event' | 'input' | 'out' | 'reading' | 'dead-letter' | 'line';

type Step = Readonly<Partial<Record<Upcastable, (body: Body) => Body>>>;

const eachStep = (steps: unknown, change: (step: Body) => Body): Body =>
  Object.fromEntries(Object.entries(steps as Record<string, Body>).map(([id, step]) => [id, change(step)]));

/** The kinds that were data gates when steps began to say whether they are. */
const DATA_GATES: ReadonlySet<unknown> = new Set([
  'replication-gate',
  'replication-watch',
  'baseline',
  'validate-counts',
  'data-upgrade',
  'reconcile',
]);

/** What a plan that says nothing of reminders meant then: nobody was reminded. Today the same document has the usual ones. */
const remindersOf = ({ remindAfterMs, plannedMs, deadlineMs }: Body): readonly number[] => {
  const named = remindAfterMs as readonly number[];
  return named.length > 0 ? named : usualReminders(Number(plannedMs), Number(deadlineMs));
};

const withPresets = (plan: Body): Body => {
  const filled = (steps: unknown) =>
    (steps as readonly Body[]).map((step) => ({
      ...step,
      dataGate: DATA_GATES.has(step.kind),
      remindAfterMs: remindersOf(step),
    }));
  const rollbacks = (plan.rollbacks as readonly Body[]).map((way) => ({ ...way, steps: filled(way.steps) }));
  return { ...plan, steps: filled(plan.steps), rollbacks };
};

/** A step as its events fold today: of what was said of one that has ended, the head keeps the beginning (I5). */
const asFolded = (step: Body): Body => {
  const now = step as Body & StepState;
  return isStepTerminal(now) ? { ...briefly(now) } : step;
};

/** Each leads from one version to the next, the first from 1 to 2; a released step never changes. */
const STEPS: readonly Step[] = [
  {
    // The row says its version now, not the state; a step knows whether the message of its dispatch is a dead letter.
    head: (head) => {
      const { schema: _, ...state } = head.state as Body;
      const steps = eachStep(state.steps, ({ attempt, waiver, ...step }) =>
        asFolded({
          ...step,
          attempt,
          revision: attempt === 0 ? 0 : 1,
          stuck: null,
          skipProposal: null,
          waiver: waiver && { ...(waiver as Body), second: null },
        }),
      );
      return { ...head, state: { ...state, earlierPlans: [], proposal: null, rollback: null, steps } };
    },
    plan: ({ plan, ...stored }) => ({ ...stored, plan: withPresets(plan as Body) }),
    event: (event) => {
      if (event.type === 'message-dead-lettered') return { ...event, dispatched: null };
      return event.type === 'step-skipped' ? { ...event, second: null } : event;
    },
    // A look reads more: what it did not ask for is not known. Readings counted as in a row when half an hour apart.
    reading: (reading) => ({
      paceMs: 15 * 60_000,
      depth: reading.estimates === null ? 'state' : 'counts',
      distributionBytes: null,
      sourceServer: null,
      gaps: [],
      ...reading,
      publications: (reading.publications as readonly Body[]).map((publication) => ({
        undeliveredSince: null,
        retentionHours: null,
        ...publication,
        agents: (publication.agents as readonly Body[]).map((agent) => ({ latencyMs: null, ...agent })),
      })),
    }),
    // A letter tells more of what the broker knew, and who made up for it.
    'dead-letter': (letter) => ({
      description: null,
      deliveries: null,
      dispatched: null,
      redriven: null,
      ...letter,
    }),
  },
];

/** The schema version of every row this code writes; rows of version 1 do not say theirs. */
export const SCHEMA = STEPS.length + 1;

/** Brings a body of version `from` up to the present one: pure, one step per version. */
export const upcast = (what: Upcastable, body: Body, from: number): Body =>
  STEPS.slice(from - 1).reduce((before, step) => step[what]?.(before) ?? before, body);
