import { describe, expect, it } from 'vitest';
import type { PlanDocument } from '../../../shared/contract/plan.ts';
import { defaultPlanDocument } from '../../../shared/contract/plans/default-plan.ts';
import { mockPlanDocument } from '../../../shared/contract/plans/mock-plan.ts';
import { readPlan } from '../../../shared/contract/read-plan.ts';
import { selectProblem } from '../../../shared/contract/statements/reconciliation.ts';
import type { Plan, PlanStep } from '../../../shared/core/plan.ts';
import { ancestorsOf } from '../../../shared/core/plan-graph.ts';
import { KIND_BY_NAME } from '../../../shared/kinds/registry.ts';

const HOUR = 3_600_000;

const read = (document: PlanDocument): Plan => {
  const reading = readPlan(document, KIND_BY_NAME);
  if ('problems' in reading) throw new Error(JSON.stringify(reading.problems, null, 2));
  return reading.plan;
};

const stepOf = (plan: Plan, id: string): PlanStep => {
  const step = plan.steps.find((candidate) => candidate.id === id);
  if (!step) throw new Error(`no step ${id}`);
  return step;
};

/** Planned time from the start of one step to the end of another along the longest way. */
const longestWayMs = (plan: Plan, from: string, to: string): number => {
  const known = new Map<string, number>();
  const endMs = (id: string): number => {
    const before = known.get(id);
    if (before !== undefined) return before;
    const step = stepOf(plan, id);
    const startMs =
      id === from ? 0 : Math.max(Number.NEGATIVE_INFINITY, ...step.after.map((other) => endMs(other)));
    known.set(id, startMs + step.plannedMs);
    return startMs + step.plannedMs;
  };
  return endMs(to);
};

const PLANS: readonly [string, PlanDocument][] = [
  ['production plan', defaultPlanDocument()],
  ['mock plan', mockPlanDocument()],
  ['mock plan on a restored copy', mockPlanDocument('restored-copy')],
];

describe.each(PLANS)('the default %s', (_name, document) => {
  const plan = read(document);

  it('has no problem', () => {
    expect(readPlan(document, KIND_BY_NAME)).not.toHaveProperty('problems');
  });

  it('has steps in every phase, and between 60 and 80 in all', () => {
    expect(new Set(plan.steps.map(({ phase }) => phase)).size).toBe(10);
    expect(plan.steps.length).toBeGreaterThanOrEqual(60);
    expect(plan.steps.length).toBeLessThanOrEqual(80);
  });

  it('tells everybody what to do, and reminds every owner of what is not done (I11)', () => {
    const all = [...plan.steps, ...plan.rollbacks.flatMap(({ steps }) => steps)];
    expect(all.filter(({ instruction }) => instruction.length < 40).map(({ id }) => id)).toEqual([]);
    expect(all.filter(({ remindAfterMs }) => remindAfterMs.length === 0)).toEqual([]);
  });

  it.each([
    ['baseline', ['stop-aos', 'replication-drained']],
    ['publish-non-keyed-tables', ['replication-drained']],
    ['replication-drained-again', ['publish-non-keyed-tables', 'start-special-snapshots']],
    ['validate-counts', ['replication-drained-again']],
    [
      'approve-removal',
      [
        'validate-counts',
        'count-keyed-tables',
        'backup-source',
        'verify-backup',
        'baseline',
        'report-toolkit-counts',
      ],
    ],
    ['remove-replication', ['approve-removal']],
    ['trigger-upgrade', ['mark-replicated', 'set-upgrade-parameters']],
    ['approve-refresh', ['reconcile', 'data-upgrade', 'check-sandbox-functionally']],
    ['refresh-database', ['approve-refresh', 'make-production-ready']],
  ])('starts %s only after %j', (id, before) => {
    expect([...ancestorsOf(plan.steps, id)]).toEqual(expect.arrayContaining(before));
  });

  it.each([
    ['backup-source', 'replication-drained'],
    ['backup-source', 'baseline'],
    ['baseline', 'publish-non-keyed-tables'],
    ['count-keyed-tables', 'publish-non-keyed-tables'],
    ['reconcile', 'check-sandbox-functionally'],
    ['configure-isv-solutions', 'configure-integrations'],
    ['watch-replication', 'stop-aos'],
  ])('lets %s and %s run at the same time', (a, b) => {
    expect(ancestorsOf(plan.steps, a).has(b) || ancestorsOf(plan.steps, b).has(a)).toBe(false);
  });

  it('posts the tracer right after the stop and before the baseline', () => {
    expect(stepOf(plan, 'replication-drained')).toMatchObject({
      after: ['stop-aos'],
      params: { tracer: true, after: 'aos-stopped' },
      marks: 'tracer-posted',
    });
    expect(stepOf(plan, 'replication-drained-again').params).toMatchObject({ tracer: false });
  });

  it('undoes the data upgrade only when it has failed, as the toolkit does', () => {
    const undo = plan.rollbacks.find(({ id }) => id === 'undo-upgrade');
    expect(undo).toMatchObject({ availableFrom: 'upgrade-triggered', availableWhileFailed: 'data-upgrade' });
    expect(stepOf(plan, 'data-upgrade').kind).toBe('data-upgrade');
  });

  it('offers the way back by restore only once the backup is proven and verified', () => {
    expect(plan.rollbacks.find(({ id }) => id === 'restore-ax')).toMatchObject({
      availableFrom: 'backup-proven',
    });
    expect(plan.steps.filter(({ marks }) => marks === 'backup-proven').map(({ id }) => id)).toEqual([
      'verify-backup',
    ]);
    expect(ancestorsOf(plan.steps, 'verify-backup')).toContain('backup-source');
  });

  it('refreshes production by a person only', () => {
    const refreshes = [...plan.steps, ...plan.rollbacks.flatMap(({ steps }) => steps)].filter(
      ({ kind }) => kind === 'refresh-database',
    );
    expect(refreshes.map(({ params }) => params)).toEqual(
      refreshes.map(() => ({ via: 'person', target: 'production' })),
    );
  });

  it('reads the figures to reconcile with plain SELECT statements', () => {
    const { pairs } = stepOf(plan, 'reconcile').params as {
      pairs: { sourceSql: string; targetSql: string }[];
    };
    expect(
      pairs.flatMap(({ sourceSql, targetSql }) => [selectProblem(sourceSql), selectProblem(targetSql)]),
    ).toEqual(pairs.flatMap(() => [null, null]));
    expect(pairs).toHaveLength(4);
  });
});

describe('the default production plan', () => {
  const plan = read(defaultPlanDocument());

  it('keeps the planned downtime below 48 hours', () => {
    const downtimeMs = longestWayMs(plan, 'announce-downtime', 'open-first-wave');
    expect(downtimeMs).toBeGreaterThan(24 * HOUR);
    expect(downtimeMs).toBeLessThan(48 * HOUR);
  });

  it('leaves stopping AX to a person, and opens access only behind the point of no return', () => {
    expect(stepOf(plan, 'stop-aos').params).toEqual({ automation: null });
    for (const id of ['start-batch', 'start-integrations', 'open-first-wave']) {
      expect(ancestorsOf(plan.steps, id)).toContain('pass-point-of-no-return');
    }
  });

  it('offers a way back with data loss only after the point of no return, and demands its confirmation', () => {
    const lossy = plan.rollbacks.filter(({ dataLossStatement }) => dataLossStatement !== null);
    expect(lossy.map(({ id, availableFrom }) => [id, availableFrom])).toEqual([
      ['back-after-opening', 'point-of-no-return'],
    ]);
    const others = plan.rollbacks.filter(({ dataLossStatement }) => dataLossStatement === null);
    expect(others.every(({ availableUntil }) => availableUntil !== null)).toBe(true);
  });
});

describe('the default mock plan', () => {
  const plan = read(mockPlanDocument());

  it('opens nothing, and rehearses the way back', () => {
    expect(plan.steps.filter(({ kind }) => kind === 'open-access')).toEqual([]);
    expect(
      plan.steps.filter(({ marks }) => marks === 'point-of-no-return' || marks === 'access-opened'),
    ).toEqual([]);
    for (const id of [
      'rehearse-restore',
      'check-ax',
      'leave-production-shut',
      'leave-sandbox-deployed',
      'leave-source-clean',
    ]) {
      expect(ancestorsOf(plan.steps, 'close-mock')).toContain(id);
    }
  });

  it('names its source, and stops AX by the automation', () => {
    expect([plan.source, read(mockPlanDocument('restored-copy')).source]).toEqual([
      'live-ax',
      'restored-copy',
    ]);
    expect(stepOf(plan, 'stop-aos').params).toEqual({ automation: 'stop-aos' });
  });
});
