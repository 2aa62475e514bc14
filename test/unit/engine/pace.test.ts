import { describe, expect, it } from 'vitest';
import { backedOff, paceMs, timerPeriodMs } from '../../../shared/engine/pace.ts';
import { planOf, step } from '../../support/sample-plan.ts';
import { contextFor } from '../kinds/kind-context.ts';
import { task } from '../../../shared/kinds/task.ts';
import { readingAt } from '../../support/sample-reading.ts';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const good = readingAt(0);
const gap = readingAt(0, { gaps: [{ statement: 'replication-pending', code: 'C504', message: '' }] });
const slow = readingAt(0, { blind: { code: 'C504', message: '' } });
const away = readingAt(0, { blind: { code: 'C501', message: '' } });
const denied = readingAt(0, { gaps: [{ statement: 'source-health', code: 'C503', message: '' }] });

describe('the pace of polls', () => {
  it.each([
    { what: 'no reading', recent: [], pace: MINUTE, expected: MINUTE },
    { what: 'good ones', recent: [good, good], pace: MINUTE, expected: MINUTE },
    { what: 'one that took too long', recent: [good, slow], pace: MINUTE, expected: 2 * MINUTE },
    { what: 'one of which a part took too long', recent: [gap], pace: MINUTE, expected: 2 * MINUTE },
    { what: 'two in a row', recent: [good, gap, slow], pace: MINUTE, expected: 4 * MINUTE },
    { what: 'three in a row', recent: [slow, gap, slow], pace: MINUTE, expected: 8 * MINUTE },
    { what: 'many in a row', recent: [slow, slow, slow, slow, slow], pace: MINUTE, expected: 8 * MINUTE },
    { what: 'a good one after them', recent: [slow, slow, good], pace: MINUTE, expected: MINUTE },
    { what: 'a server that is away', recent: [away, away], pace: MINUTE, expected: MINUTE },
    { what: 'a missing right', recent: [denied], pace: MINUTE, expected: MINUTE },
    { what: 'many at the slow pace', recent: [slow, slow, slow], pace: 15 * MINUTE, expected: 60 * MINUTE },
    { what: 'one at a pace beyond the rarest', recent: [slow], pace: 90 * MINUTE, expected: 90 * MINUTE },
  ])('after $what is $expected ms', ({ recent, pace, expected }) => {
    expect(backedOff(pace, recent)).toBe(expected);
  });

  it.each([
    { schedule: '*/15 * * * * *', factor: 1, expected: 15 * SECOND },
    { schedule: '0 * * * * *', factor: 1, expected: MINUTE },
    { schedule: '0 */5 * * * *', factor: 1, expected: 5 * MINUTE },
    { schedule: '30 2 * * * *', factor: 1, expected: MINUTE },
    { schedule: '*/15 * * * * *', factor: 600, expected: 15 * MINUTE },
    { schedule: '0 */5 * * * *', factor: 2, expected: 5 * MINUTE },
  ])(
    'can be no faster than the timer: $schedule on a clock $factor times as fast',
    ({ schedule, factor, expected }) => {
      expect(timerPeriodMs(schedule, factor)).toBe(expected);
    },
  );
});

describe('the polls of a cutover whose replication exists', () => {
  const { state } = contextFor(task, { params: { automation: null, confirm: [] } });
  const running = { ...state, milestones: { 'replication-set-up': 0 } };
  const looker = (id: string, kind: string, accepts?: readonly string[]) =>
    step(id, kind === '' ? {} : { kind, params: accepts === undefined ? {} : { accepts: [...accepts] } });

  it.each<{ what: string; watch?: readonly string[]; gate?: readonly string[]; expected: number | null }>([
    { what: 'nothing is chosen', expected: 15 * MINUTE },
    { what: 'all take what is stated only', watch: ['stated'], gate: ['stated'], expected: null },
    { what: 'the gate may be read', watch: ['stated'], gate: ['pushed', 'stated'], expected: 15 * MINUTE },
    { what: 'the watch chooses nothing', gate: ['stated'], expected: 15 * MINUTE },
  ])('where $what are $expected ms apart', ({ watch, gate, expected }) => {
    const plan = planOf([looker('w', 'replication-watch', watch), looker('g', 'replication-gate', gate)]);
    expect(paceMs(plan, running)).toBe(expected);
  });

  it('go on where no step looks at it', () => {
    expect(paceMs(planOf([step('a')]), running)).toBe(15 * MINUTE);
  });
});
