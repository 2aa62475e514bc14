import { formatDuration } from '../core/duration.ts';
import type { GraphNode } from '../core/plan-graph.ts';
import { ancestorsOf, circlesOf, unreachableOf } from '../core/plan-graph.ts';
import { endedBy } from '../core/plan.ts';
import type { PlanSketch, RollbackSketch, StepSketch } from './plan-sketch.ts';
import type { Problem } from './problem.ts';
import { pathText } from './problem.ts';

const problem = (step: StepSketch | RollbackSketch, field: PropertyKey, message: string): Problem => ({
  path: pathText([...step.path, field]),
  message: `${step.label} ${message}`,
});

type Named = StepSketch & { readonly id: string };

const isNamed = (step: StepSketch): step is Named => step.id !== null;

/** Ids count once over the forward steps and all ways back, because a way back is appended to the forward steps. */
const repeatedIds = (steps: readonly StepSketch[]): readonly Problem[] => {
  const first = new Map<string, StepSketch>();
  return steps.filter(isNamed).flatMap((step) => {
    const earlier = first.get(step.id);
    if (earlier) return [problem(step, 'id', `has an id that is used already by ${pathText(earlier.path)}`)];
    first.set(step.id, step);
    return [];
  });
};

const wrongWaits = (
  scope: readonly StepSketch[],
  all: ReadonlyMap<string, StepSketch>,
): readonly Problem[] => {
  const here = new Set(scope.map(({ id }) => id));
  return scope.flatMap((step) => {
    const seen = new Set<string>();
    return step.after.flatMap((other): readonly Problem[] => {
      if (other === step.id) return [problem(step, 'after', 'waits for itself')];
      if (seen.has(other)) return [problem(step, 'after', `names "${other}" twice among what it waits for`)];
      seen.add(other);
      if (here.has(other)) return [];
      const elsewhere = all.get(other);
      if (elsewhere === undefined) {
        return [problem(step, 'after', `waits for "${other}", which is no step of this plan`)];
      }
      const place = elsewhere.among === null ? 'the forward steps' : `way back "${elsewhere.among.id}"`;
      return [problem(step, 'after', `waits for "${other}", which stands among ${place}`)];
    });
  });
};

/** The first step of each id: a repeated id has been reported and must not bend the graph. */
const nodesOf = (scope: readonly StepSketch[]): readonly GraphNode[] => [
  ...new Map(scope.filter(isNamed).map(({ id, after }) => [id, { id, after }])).values(),
];

const circular = (scope: readonly StepSketch[]): readonly Problem[] => {
  const nodes = nodesOf(scope);
  const named = new Map(scope.map((step) => [step.id, step]));
  const circles = circlesOf(nodes);
  const told = new Set(circles.flat());
  const inCircle = circles
    .filter((circle) => circle.length > 2)
    .flatMap((circle) => {
      const step = named.get(circle[0] ?? null);
      const way = circle.join(' -> ');
      return step
        ? [problem(step, 'after', `waits in a circle, each for the next: ${way}; none of them can start`)]
        : [];
    });
  const behind = unreachableOf(nodes)
    .filter((id) => !told.has(id))
    .flatMap((id) => {
      const step = named.get(id);
      return step ? [problem(step, 'after', 'can never start: what it waits for waits in a circle')] : [];
    });
  return [...inCircle, ...behind];
};

const backwards = (scope: readonly StepSketch[]): readonly Problem[] => {
  const phases = new Map(scope.map(({ id, phase }) => [id, phase]));
  return scope.flatMap((step) => {
    const { phase } = step;
    if (phase === null) return [];
    return [...new Set(step.after)].flatMap((other) => {
      const before = phases.get(other) ?? null;
      if (before === null || before <= phase || other === step.id) return [];
      return [problem(step, 'phase', `is of phase ${phase} but waits for "${other}" of phase ${before}`)];
    });
  });
};

const impossibleTimes = (steps: readonly StepSketch[]): readonly Problem[] =>
  steps.flatMap((step) => {
    const { plannedMs, deadlineMs, remindAfterMs } = step;
    if (deadlineMs === null) return [];
    const deadline = formatDuration(deadlineMs);
    const problems = remindAfterMs
      .filter((reminderMs) => reminderMs >= deadlineMs)
      .map((reminderMs) =>
        problem(
          step,
          'remindAfter',
          `reminds after ${formatDuration(reminderMs)}, not before its deadline of ${deadline}`,
        ),
      );
    if (deadlineMs === 0) problems.unshift(problem(step, 'deadline', 'has a deadline of no time at all'));
    else if (plannedMs !== null && deadlineMs < plannedMs) {
      const planned = formatDuration(plannedMs);
      problems.unshift(
        problem(step, 'deadline', `has a deadline of ${deadline} but is planned to take ${planned}`),
      );
    }
    return problems;
  });

const marksTwice = (scope: readonly StepSketch[]): readonly Problem[] => {
  const first = new Map<string, StepSketch>();
  return scope.flatMap((step) => {
    if (step.marks === null) return [];
    const earlier = first.get(step.marks);
    if (earlier)
      return [problem(step, 'marks', `marks "${step.marks}", which ${earlier.label} marks already`)];
    first.set(step.marks, step);
    return [];
  });
};

const unmarkedRanges = (
  rollbacks: readonly RollbackSketch[],
  marked: ReadonlySet<string>,
): readonly Problem[] =>
  rollbacks.flatMap((rollback) => {
    const { availableFrom, availableUntil } = rollback;
    const told = (field: 'availableFrom' | 'availableUntil', milestone: string | null, word: string) =>
      milestone === null || marked.has(milestone)
        ? []
        : [problem(rollback, field, `is available ${word} "${milestone}", which no forward step marks`)];
    return [
      ...told('availableFrom', availableFrom, 'from'),
      ...told('availableUntil', availableUntil, 'until'),
    ];
  });

const unknownFailures = (
  rollbacks: readonly RollbackSketch[],
  forward: readonly StepSketch[],
): readonly Problem[] => {
  const ids = new Set(forward.map(({ id }) => id));
  return rollbacks.flatMap((rollback) => {
    const { availableWhileFailed: stepId } = rollback;
    if (stepId === null || ids.has(stepId)) return [];
    const message = `is available while "${stepId}" has failed, which is no forward step of this plan`;
    return [problem(rollback, 'availableWhileFailed', message)];
  });
};

/** The milestone a step's evidence must be younger than, by what its kind and parameters say. */
const awaitedMilestone = ({ kind, params }: StepSketch): string | null => {
  if (kind === 'backup-source') return 'aos-stopped';
  const end = kind === null ? null : endedBy({ kind });
  if (end !== null) return end;
  if (kind !== 'replication-gate' || typeof params !== 'object' || params === null) return null;
  return 'after' in params && typeof params.after === 'string' ? params.after : null;
};

const unmetMilestones = (forward: readonly StepSketch[]): readonly Problem[] => {
  const nodes = nodesOf(forward);
  const markers = new Map(forward.map((step) => [step.marks, step]));
  return forward.flatMap((step) => {
    const milestone = awaitedMilestone(step);
    if (milestone === null || step.id === null) return [];
    const marker = markers.get(milestone);
    if (!marker) return [problem(step, 'params', `needs the milestone "${milestone}", which no step marks`)];
    if (marker !== step && !(marker.id !== null && ancestorsOf(nodes, marker.id).has(step.id))) return [];
    const message = `needs the milestone "${milestone}", which ${marker.label} marks only after it`;
    return [problem(step, 'params', message)];
  });
};

/** Others rely on a milestone: one that could be skipped would never come. */
const skippableMarkers = (steps: readonly StepSketch[]): readonly Problem[] =>
  steps
    .filter(({ marks, required }) => marks !== null && !required)
    .map((step) => problem(step, 'required', `marks "${step.marks}", so it must be required`));

/** Ways back that stay open when business is done in production must say what is lost. */
const silentLosses = (
  { mode, rollbacks }: PlanSketch,
  forward: readonly StepSketch[],
): readonly Problem[] => {
  const marker = forward.find(({ marks }) => marks === 'point-of-no-return');
  // In a rehearsal whose plan marks no such point, no business is done.
  if (marker === undefined && mode !== 'production') return [];
  const before = marker?.id == null ? new Set<string>() : ancestorsOf(nodesOf(forward), marker.id);
  const isOver = (milestone: string | null): boolean =>
    milestone === 'point-of-no-return' ||
    forward.some(({ id, marks }) => marks !== null && marks === milestone && id !== null && before.has(id));
  return rollbacks
    .filter(({ losesData, availableUntil }) => !losesData && !isOver(availableUntil))
    .map((rollback) =>
      problem(
        rollback,
        'dataLossStatement',
        'is open after the point of no return, so it must say what is lost (dataLossStatement)',
      ),
    );
};

/** Everything wrong between the steps of a plan: ids, waits, circles, phases, times, milestones. */
export const crossProblems = (sketch: PlanSketch): readonly Problem[] => {
  const { steps, rollbacks } = sketch;
  const forward = steps.filter(({ among }) => among === null);
  const scopes = [
    forward,
    ...rollbacks.map((_, index) => steps.filter(({ among }) => among?.index === index)),
  ];
  const all = new Map(steps.filter(isNamed).map((step) => [step.id, step]));
  const marked = new Set(forward.map(({ marks }) => marks).filter((marks) => marks !== null));
  return [
    ...repeatedIds(steps),
    ...scopes.flatMap((scope) => wrongWaits(scope, all)),
    ...scopes.flatMap(circular),
    ...scopes.flatMap(backwards),
    ...impossibleTimes(steps),
    ...scopes.flatMap(marksTwice),
    ...unmarkedRanges(rollbacks, marked),
    ...unknownFailures(rollbacks, forward),
    ...unmetMilestones(forward),
    ...skippableMarkers(steps),
    ...silentLosses(sketch, forward),
  ];
};
