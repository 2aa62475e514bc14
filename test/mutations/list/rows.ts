import type { Mutation } from '../mutation.ts';
import { tests } from '../mutation.ts';

const UPCAST = 'shared/engine/upcast.ts';
const CHAIN = 'shared/engine/log-chain.ts';

const WHY = 'the simulation writes rows of this version only';
const verified = tests(
  'test/unit/engine/verify-log.test.ts',
  'nobody in the simulation changes rows by hand',
);
const oldRows = tests('test/integration/golden-rows.test.ts', WHY);

/** Defects of reading rows of other versions, and of telling whether a log is what was written. */
export const ROW_MUTATIONS: readonly Mutation[] = [
  {
    name: 'a head of an earlier version is read as it is',
    breaks: 'I5',
    file: UPCAST,
    find: 'return { ...head, state: { ...state,',
    replace: 'if (steps !== null) return head;\n      return { ...head, state: { ...state,',
    caughtBy: oldRows,
  },
  {
    name: 'an event of an earlier version is read as it is',
    breaks: 'I5',
    file: UPCAST,
    find: "return event.type === 'step-skipped' ? { ...event, second: null } : event;",
    replace: 'return event;',
    caughtBy: oldRows,
  },
  {
    name: 'evidence is shown under a hash that is not its own',
    breaks: 'I8',
    file: 'shared/engine/evidence-rows.ts',
    find: 'hashOf(body) !== hash',
    replace: 'hashOf(body) === null',
    caughtBy: verified,
  },
  {
    name: 'counts of another counting are taken for those of this one',
    breaks: 'I8',
    file: 'shared/engine/counting-store.ts',
    find: '/^[st]\\d{6}[ab]*$/',
    replace: '/[st]\\d{6}[ab]*$/',
    caughtBy: tests(
      'test/unit/engine/counting-store.test.ts',
      'no plan of the simulation has a step whose id is that of another with a number behind it',
    ),
  },
  {
    name: 'a snapshot takes the place of another one of the same time',
    breaks: 'A8',
    file: 'shared/engine/snapshot-store.ts',
    find: '-${hash.slice(0, 12)}`',
    replace: '`',
    caughtBy: tests('test/unit/engine/snapshot-store.test.ts', 'its times differ'),
  },
  {
    name: 'a plan of an earlier version has no data gates',
    breaks: 'B8',
    file: UPCAST,
    find: 'dataGate: DATA_GATES.has(step.kind)',
    replace: 'dataGate: step.kind === null',
    caughtBy: tests('test/unit/engine/upcast.test.ts', WHY),
  },
  {
    name: 'a plan of version 1 goes on reminding nobody, and counts as changed when it is read again',
    breaks: 'I11',
    file: UPCAST,
    find: 'return named.length > 0 ? named : usualReminders(Number(plannedMs), Number(deadlineMs));',
    replace: 'return [named, usualReminders(Number(plannedMs), Number(deadlineMs))][0]!;',
    caughtBy: tests('test/unit/engine/upcast.test.ts', WHY),
  },
  {
    name: 'a dead letter of an earlier version is read as it is',
    breaks: 'I12',
    file: UPCAST,
    find: '      description: null,\n      deliveries: null,\n      dispatched: null,\n      redriven: null,\n',
    replace: '',
    caughtBy: oldRows,
  },
  {
    name: 'a row of a later version is read as if it were of this one',
    breaks: 'rows',
    file: 'shared/engine/rows.ts',
    find: 'if (schema <= SCHEMA) return schema;',
    replace: 'if (schema <= SCHEMA + 1000) return schema;',
    caughtBy: tests('test/unit/engine/newer-rows.test.ts', WHY),
  },
  {
    name: 'a changed event is verified',
    breaks: 'I5',
    file: CHAIN,
    find: 'hash === linkHash(previous, covered)',
    replace: 'hash !== linkHash(previous, [previous])',
    caughtBy: verified,
  },
  {
    name: 'a changed byte that says nothing is verified',
    breaks: 'I5',
    file: CHAIN,
    find: 'properties.digest === digestOf(properties)',
    replace: 'properties.digest !== null',
    caughtBy: verified,
  },
  {
    name: 'a log that lacks its end is verified',
    breaks: 'I5',
    file: CHAIN,
    find: 'if (entries < events) {',
    replace: 'if (entries < 0) {',
    caughtBy: verified,
  },
  {
    name: 'a log that was written anew as a whole is verified',
    breaks: 'I5',
    file: CHAIN,
    find: 'if (head.lastEventHash !== lastHash) {',
    replace: 'if (head.lastEventHash === null) {',
    caughtBy: verified,
  },
  {
    name: 'a head that its log does not lead to is verified',
    breaks: 'I5',
    file: CHAIN,
    find: 'if (canonical(head.state) === canonical(state)) return null;',
    replace: 'if (state !== undefined) return null;',
    caughtBy: verified,
  },
  {
    name: 'a stored plan is run whatever it says',
    breaks: 'B16',
    file: 'shared/engine/plan-rows.ts',
    find: 'if (sha256(canonical(written)) !== ref.hash)',
    replace: 'if (ref.hash.length === 0)',
    caughtBy: verified,
  },
  {
    name: 'the plans of a log are not verified',
    breaks: 'B16',
    file: 'shared/engine/verify-log.ts',
    find: 'for (const ref of [...earlierPlans, plan, ',
    replace: 'for (const ref of [',
    caughtBy: verified,
  },
  {
    name: 'the documents that entries name are not verified',
    breaks: 'B16',
    file: 'shared/engine/verify-log.ts',
    find: 'of [...ofSteps, ...documents]',
    replace: 'of ofSteps',
    caughtBy: verified,
  },
  {
    name: 'the head keeps every word that was said of steps that have ended',
    breaks: 'I11',
    file: 'shared/core/evolve.ts',
    find: 'isStepTerminal(after) ? briefly(after) : after',
    replace: 'after',
    caughtBy: tests('test/unit/engine/head-size.test.ts', 'plans of the simulation are far from that large'),
  },
];
