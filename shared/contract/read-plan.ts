import type { z } from 'zod';
import { parseDuration } from '../core/duration.ts';
import type { Plan, PlanStep } from '../core/plan.ts';
import { readDocumentText } from './document-text.ts';
import { jsonSchema, planSchema } from './plan.ts';
import { crossProblems } from './plan-checks.ts';
import type { StepSketch } from './plan-sketch.ts';
import { sketchPlan } from './plan-sketch.ts';
import type { Problem } from './problem.ts';
import { fieldProblems, inPlainWords, pathText } from './problem.ts';
import { usualReminders } from './reminders.ts';

/** What a plan must know of each kind, by the name of the kind. */
export type KnownKinds = ReadonlyMap<string, { readonly params: z.ZodType; readonly dataGate: boolean }>;

/** A usable plan, or every mistake in the document at once. */
export type PlanReading = { readonly plan: Plan } | { readonly problems: readonly Problem[] };

type ParsedPlan = z.output<typeof planSchema>;
type ParsedStep = ParsedPlan['steps'][number];

const durationMs = (text: string): number => parseDuration(text) ?? 0;

const toStep = (
  { planned, deadline, remindAfter, retryDelay, ...step }: ParsedStep,
  kinds: KnownKinds,
): PlanStep => {
  const [plannedMs, deadlineMs] = [durationMs(planned), durationMs(deadline)];
  return {
    ...step,
    dataGate: kinds.get(step.kind)?.dataGate === true,
    plannedMs,
    deadlineMs,
    remindAfterMs:
      remindAfter?.map(durationMs).sort((a, b) => a - b) ?? usualReminders(plannedMs, deadlineMs),
    retryDelayMs: durationMs(retryDelay),
  };
};

const toPlan = ({ steps, rollbacks, ...plan }: ParsedPlan, kinds: KnownKinds): Plan => ({
  ...plan,
  steps: steps.map((step) => toStep(step, kinds)),
  rollbacks: rollbacks.map((rollback) => ({
    ...rollback,
    steps: rollback.steps.map((step) => toStep(step, kinds)),
  })),
});

/** The step a path leads into, and the rest of the path inside it. */
const ownerOf = (path: readonly PropertyKey[], labels: ReadonlyMap<string, string>): string => {
  for (let length = path.length; length > 0; length -= 1) {
    const label = labels.get(pathText(path.slice(0, length)));
    if (label !== undefined) {
      const field = pathText(path.slice(length));
      return field === 'deadline' || field === '' ? label : `${label}: ${field}`;
    }
  }
  return path.length === 0 ? 'the plan' : pathText(path);
};

const schemaProblems = (
  issues: readonly z.core.$ZodIssue[],
  labels: ReadonlyMap<string, string>,
): readonly Problem[] =>
  fieldProblems(issues).map(({ path, message }) => ({
    path: pathText(path),
    message: `${ownerOf(path, labels)} ${message}`,
  }));

const kindProblems = (step: StepSketch, kinds: KnownKinds): readonly Problem[] => {
  if (step.kind === null) return [];
  const kind = kinds.get(step.kind);
  if (kind === undefined) {
    const known = [...kinds.keys()].sort().join(', ');
    const message = `${step.label} has the unknown kind "${step.kind}"; known are ${known}`;
    return [{ path: pathText([...step.path, 'kind']), message }];
  }
  // What is not JSON is told by the plan's own schema; a kind's schema might walk it without end.
  if (!jsonSchema.safeParse(step.params).success) return [];
  const parsed = kind.params.safeParse(step.params, { error: inPlainWords });
  if (parsed.success) return [];
  return fieldProblems(parsed.error.issues).map(({ path, message }) => ({
    path: pathText([...step.path, 'params', ...path]),
    message: `${step.label}: ${pathText(['params', ...path])} ${message}`,
  }));
};

/** Reads a plan document; a refusal lists every mistake in it, each naming the step it is in. */
export const readPlan = (document: unknown, kinds: KnownKinds): PlanReading => {
  const parsed = planSchema.safeParse(document, { error: inPlainWords });
  const sketch = sketchPlan(document);
  const labels = new Map(
    [...sketch.steps, ...sketch.rollbacks].map(({ path, label }) => [pathText(path), label]),
  );
  const problems = [
    ...(parsed.success ? [] : schemaProblems(parsed.error.issues, labels)),
    ...crossProblems(sketch),
    ...sketch.steps.flatMap((step) => kindProblems(step, kinds)),
  ];
  return parsed.success && problems.length === 0 ? { plan: toPlan(parsed.data, kinds) } : { problems };
};

/** Reads a plan from a text of JSON or YAML, at most 1 MiB. */
export const readPlanText = (text: string, kinds: KnownKinds): PlanReading => {
  const reading = readDocumentText(text);
  return 'problems' in reading ? reading : readPlan(reading.document, kinds);
};
