import type { Mutation } from '../mutation.ts';
import { tests } from '../mutation.ts';

const COMPLETION = 'shared/core/upgrade-completion.ts';
const ACTIVITY = 'shared/core/upgrade-activity.ts';
const ACTIVITY_TEST = 'test/unit/core/upgrade-activity.test.ts';
const PACE = 'shared/core/upgrade-pace.ts';
const PACE_TEST = 'test/unit/core/upgrade-pace.test.ts';
const KIND = 'shared/kinds/data-upgrade.ts';
const READING = 'shared/kinds/upgrade-reading.ts';
const KIND_TEST = 'test/unit/kinds/data-upgrade.test.ts';
const COMPLETION_TEST = 'test/unit/core/upgrade-completion.test.ts';

/** Defects of the watch over the data upgrade. */
export const UPGRADE_MUTATIONS: readonly Mutation[] = [
  {
    name: 'Deployed ends the upgrade while its last step is in progress',
    breaks: 'I8',
    file: COMPLETION,
    find: 'if (!isComplete(steps)) return running(steps, `',
    replace: 'if (steps.length === 0) return running(steps, `',
    caughtBy: tests(COMPLETION_TEST, 'the truth table names the case; the simulation meets it in few seeds'),
  },
  {
    name: 'the upgrade ends between two of its steps',
    breaks: 'I8',
    file: COMPLETION,
    find: 'steps.every(isCompleted) && steps.some(({ name }) => LAST_STEP.test(name))',
    replace: 'steps.every(isCompleted)',
    caughtBy: tests(COMPLETION_TEST, 'the stand-in says Deployed only when the last step has begun'),
  },
  {
    name: 'Failed with a completed last step goes on for ever',
    breaks: "Microsoft's table: such an upgrade is resumed",
    file: COMPLETION,
    find: 'if (isCompleted(last)) {',
    replace: 'if (isCompleted(last) && by.length === 0) {',
    caughtBy: tests(COMPLETION_TEST, 'the stand-in fails with a failed step only'),
  },
  {
    name: 'a synchronisation is never presumed stalled',
    breaks: 'no activity for 30 minutes is a stall (page "Monitor data upgrade")',
    file: ACTIVITY,
    find: 'if (quiet < STALLED_AFTER_MS) {',
    replace: 'if (quiet >= 0) {',
    caughtBy: tests(ACTIVITY_TEST, 'synchronisations of the simulation do not stall'),
  },
  {
    name: 'what has worked again between two looks is still presumed stalled',
    breaks: 'a stall is 30 minutes without activity on end',
    file: ACTIVITY,
    find: "seen?.code === 'sync-stalled' && work.lastAt === null",
    replace: "seen?.code === 'sync-stalled'",
    caughtBy: tests(ACTIVITY_TEST, 'synchronisations of the simulation do not stall'),
  },
  {
    name: 'the end that stands for none is taken for an end',
    breaks: 'FinishTime 1900-01-01 means running or stalled',
    file: 'shared/contract/statements/data-upgrade-status.ts',
    find: 'at === null || at < 0 ? null : at',
    replace: 'at',
    caughtBy: tests(KIND_TEST, 'synchronisations of the simulation do not stall'),
  },
  {
    name: 'a report of an earlier attempt ends the upgrade',
    breaks: 'I8',
    file: READING,
    find: 'takenAt >= (step.wait?.openedAt ?? 0) && ',
    replace: '',
    caughtBy: tests(KIND_TEST, 'nobody of the simulation pastes a report'),
  },
  {
    name: 'a report that nobody has confirmed ends the upgrade',
    breaks: 'I8: one person is no proof',
    file: KIND,
    find: 'reading.report?.confirmedBy !== null',
    replace: 'reading.report?.confirmedBy !== undefined',
    caughtBy: tests(KIND_TEST, 'nobody of the simulation pastes a report'),
  },
  {
    name: 'the upgrade ends before its servicing',
    breaks: 'I8',
    file: ACTIVITY,
    find: 'status !== SERVICED',
    replace: 'status === 0',
    caughtBy: tests(KIND_TEST, 'the servicing of the stand-in ends with its steps'),
  },
  {
    name: 'a sub-step that takes longer than in the rehearsal raises no alarm',
    breaks: 'a late sub-step is told while something can be done about it',
    file: PACE,
    find: 'elapsedMs <= rehearsed.limitMs',
    replace: 'elapsedMs >= rehearsed.limitMs',
    caughtBy: tests(PACE_TEST, 'the plans of the simulation have no times of a rehearsal'),
  },
  {
    name: 'few rehearsals have a percentile',
    breaks: 'fewer than five samples have a maximum and no percentile',
    file: PACE,
    find: 'count < ENOUGH_FOR_P90 ? count : Math.ceil(0.9 * count)',
    replace: 'Math.max(1, Math.floor(0.9 * count))',
    caughtBy: tests(PACE_TEST, 'the plans of the simulation have no times of a rehearsal'),
  },
  {
    name: 'the fastest sub-step comes first',
    breaks: 'the slowest sub-step is shown first',
    file: PACE,
    find: 'overMs(b) - overMs(a)',
    replace: 'overMs(a) - overMs(b)',
    caughtBy: tests(PACE_TEST, 'the plans of the simulation have no times of a rehearsal'),
  },
  {
    name: 'times of a rehearsal make another procedure of a plan',
    breaks: 'the real run has the procedure hash of its rehearsal',
    file: 'shared/engine/procedure-hash.ts',
    find: ", 'rehearsalMs'",
    replace: '',
    caughtBy: tests('test/unit/engine/procedure-hash.test.ts', 'no simulation compares two procedures'),
  },
];
