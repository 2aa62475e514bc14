import { describe, expect, it } from 'vitest';
import type { CutoverEvent } from '../../shared/core/events.ts';
import { evolve } from '../../shared/core/evolve.ts';
import { isTerminal } from '../../shared/core/state.ts';
import { chain, MINUTE, planOf } from '../support/sample-plan.ts';
import { makeSilence, makeWayToEnd } from '../support/state-graph/drives.ts';
import type { Walked } from '../support/state-graph/plans.ts';
import { shaped, walked, wayBack } from '../support/state-graph/plans.ts';
import { brokenByEdge, brokenInSituation } from '../support/state-graph/promises.ts';
import type { Edge, Found } from '../support/state-graph/walk.ts';
import { step, walk, wayTo } from '../support/state-graph/walk.ts';

/** Everything that the walks have seen happen. */
const seen = new Set<string>();

const remember = ({ what, events, answer, to }: Edge): void => {
  seen.add(what.type).add(answer.code).add(to.state.status);
  for (const { type } of events) seen.add(type);
  if (events.length > 0) for (const { status } of Object.values(to.state.steps)) seen.add(status);
};

/** The same input gives the same again, and its events the same state also after they were stored (I5). */
const isFoundAgain = ({ edge }: Found): boolean => {
  if (edge === null) return true;
  const { from, what, now, events, answer, to } = edge;
  const again = step(from?.plan ?? to.plan, from, what, now);
  const stored = JSON.parse(JSON.stringify(events)) as readonly CutoverEvent[];
  const folded = evolve(from?.state ?? null, stored, now);
  const states = new Set([to.state, again.to.state, folded].map((state) => JSON.stringify(state)));
  return states.size === 1 && JSON.stringify(again.answer) === JSON.stringify(answer);
};

/** Walks through a plan and gives how many situations there are; fails with the way to the first broken promise. */
const explore = (plan: Walked, most: number): { readonly situations: number; readonly closed: boolean } => {
  const { found, closed } = walk(plan, most, (edge) => {
    remember(edge);
    const broken = brokenByEdge(edge);
    if (broken === undefined) return;
    const way = edge.from === null ? '' : wayTo(edge.from as Found);
    throw new Error(`${broken}\n${way}\n${JSON.stringify(edge.what)} gives ${JSON.stringify(edge.events)}`);
  });
  const promises = [brokenInSituation, makeSilence(), makeWayToEnd()];
  for (const at of found) {
    if (!isFoundAgain(at)) throw new Error(`the same again gives something else\n${wayTo(at)}`);
    for (const promise of promises) {
      const broken = promise(at);
      if (broken !== undefined) throw new Error(`${broken}\n${wayTo(at)}`);
    }
  }
  expect(found.some(({ state }) => isTerminal(state))).toBe(true);
  return { situations: found.length, closed };
};

const task = shaped('a', 'task');
const EVERY_SITUATION: readonly (readonly [string, Walked])[] = [
  ['a task of a person', walked([task])],
  ['a task that holds the cutover at its limit', walked([shaped('a', 'task', { onDeadline: 'hold' })])],
  ['a task of a person that calls for it', walked([shaped('a', 'task-with-call')])],
  ['a task of an automation, tried twice', walked([shaped('a', 'automation', { maxAttempts: 2 })])],
  ['a reading, tried twice', walked([shaped('a', 'gate', { maxAttempts: 2 })])],
  // Its limit is as short as it can be with a wish to skip it called to mind before.
  [
    'a data gate',
    walked([
      shaped('a', 'gate', {
        dataGate: true,
        required: false,
        deadlineMs: 16 * MINUTE,
        remindAfterMs: [10 * MINUTE],
      }),
    ]),
  ],
  ['a required reading', walked([shaped('a', 'gate', { required: true })])],
  ['a reading of what it began itself', walked([shaped('a', 'upgrade')])],
  ['a reading of what it may begin twice', walked([shaped('a', 'tracer')])],
  ['an approval', walked([shaped('a', 'approval')])],
];

const back = wayBack([shaped('rb.a', 'task')], { dataLossStatement: 'Every order is lost.' });
const SO_MANY: readonly (readonly [string, Walked])[] = [
  ['an approval that holds at its limit', walked([shaped('a', 'approval', { onDeadline: 'hold' })])],
  ['two tasks for one place', walked([task, shaped('b', 'task')], { concurrency: 1 })],
  ['a task and then an approval', walked(chain(task, shaped('b', 'approval')))],
  ['an automation beside a gate', walked([shaped('a', 'automation'), shaped('b', 'gate')])],
  [
    'a gate and a task, and then an approval',
    walked([shaped('a', 'gate'), shaped('b', 'task'), shaped('c', 'approval', { after: ['a', 'b'] })]),
  ],
  ['a way back', walked([shaped('a', 'automation')], { rollbacks: [back] })],
  [
    'a plan that changes',
    walked(chain(task, shaped('b', 'task')), {}, planOf(chain(task, shaped('d', 'gate')))),
  ],
];

/** So many situations of a plan whose situations are too many. */
const MOST = 4_000;

describe('every situation that any order of inputs and times can bring about keeps every promise', () => {
  it.each(EVERY_SITUATION)('%s', (_, plan) => {
    const { situations, closed } = explore(plan, 50_000);
    expect(closed, `${situations} situations and no end`).toBe(true);
  });

  it.each(SO_MANY)(`%s: the ${MOST} nearest to the start`, (_, plan) => {
    expect(explore(plan, MOST)).toEqual({ situations: MOST, closed: false });
  });
});

it('the walks come by every input, every kind of event and every status, so that they speak of something', () => {
  const inputs = ['start', 'hold', 'resume', 'abort', 'retry', 'skip', 'give-up', 'redrive', 'rollback'];
  const words = [
    ...inputs,
    ...['pass-point-of-no-return', 'propose-revision', 'decide-revision', 'refuse', 'open', 'settle-effect'],
    ...['repeat-effect', 'answer-effect', 'complete', 'vote', 'judge', 'void-approval', 'wake', 'observe'],
    'dead-letter',
    ...['pending', 'ready', 'running', 'waiting', 'succeeded', 'failed', 'skipped', 'cancelled'],
    ...['rollingBack', 'completed', 'rolledBack', 'aborted'],
    ...['hold-reminded', 'rollback-started', 'point-of-no-return-passed', 'revision-proposed'],
    ...[
      'revision-rejected',
      'revision-reminded',
      'revision-expired',
      'revision-adopted',
      'effect-settled',
      'effect-answered',
    ],
    ...['effect-repeated', 'completion-kept', 'completion-received', 'result-late', 'vote-counted'],
    ...['approval-voided', 'step-checked', 'attempt-given-up', 'skip-proposed', 'step-skipped'],
    ...[
      'statement-voided',
      'step-recorded',
      'reminder-due',
      'deadline-renewed',
      'replication-changed',
      'replication-regressed',
      'message-dead-lettered',
    ],
    ...['message-redriven', 'request-refused', 'overslept', 'silence-alarmed'],
    ...['C206', 'C209', 'C210', 'C211', 'C212', 'C213', 'C214', 'C215', 'C216', 'C302', 'C303', 'C304'],
    ...['C305', 'C306', 'C307', 'C308', 'C312', 'C313', 'C314', 'C315', 'C318', 'C320', 'C321', 'C322'],
    ...['C323', 'C324'],
  ];
  expect(words.filter((word) => !seen.has(word))).toEqual([]);
});
