import type { Mutation } from '../mutation.ts';
import { simulation, tests } from '../mutation.ts';

const CONTROL = 'shared/core/decide-control.ts';
const DECIDE = 'shared/core/decide.ts';
const ROLLBACK = 'shared/core/decide-rollback.ts';
const WAYS = 'shared/core/rollback.ts';
const EVOLVE = 'shared/core/evolve-cutover.ts';

/** People of the simulation decide so in one seed of some dozens at most, and not every such rule has its check there. */
const SELDOM = 'the simulation comes there too seldom, if at all';
const waysBack = tests('test/unit/core/ways-back.test.ts', SELDOM);
const waivers = tests('test/unit/core/waivers.test.ts', SELDOM);
const refusals = tests('test/unit/core/refusals.test.ts', 'the simulation counts no refusals');

/** Defects of what people decide: ways back, waivers, and what is kept of a refusal. */
export const DECISION_MUTATIONS: readonly Mutation[] = [
  {
    name: 'the point of no return lies before the cutover',
    breaks: 'I8',
    file: ROLLBACK,
    find: 'happenedAt < beginning',
    replace: 'happenedAt < 0 * beginning',
    caughtBy: waysBack,
  },
  {
    name: 'a way back is taken while an effect is in doubt',
    breaks: 'I10',
    file: ROLLBACK,
    find: "if (inDoubt.length > 0) return refused('C322', inDoubt.join(', '), { steps: inDoubt });",
    replace: '',
    caughtBy: waysBack,
  },
  {
    name: 'an effect that was only announced is not in doubt',
    breaks: 'I10',
    file: WAYS,
    find: "(step.effect?.outcome === 'open' || step.effect?.outcome === 'unknown')",
    replace: "step.effect?.outcome === 'unknown'",
    caughtBy: waysBack,
  },
  {
    name: 'a way back that loses data needs no confirmation',
    breaks: 'B9',
    file: ROLLBACK,
    find: 'dataLossStatement !== null && statement !== dataLossStatement',
    replace: 'dataLossStatement !== null && statement === undefined',
    caughtBy: waysBack,
  },
  {
    name: 'the point of no return closes no way back',
    breaks: 'B9',
    file: WAYS,
    find: "milestones['point-of-no-return'] !== undefined && dataLossStatement === null",
    replace: "milestones['point-of-no-return'] === 0 && dataLossStatement === null",
    caughtBy: waysBack,
  },
  {
    name: 'a step moves the point of no return to a later time',
    breaks: 'B9',
    file: EVOLVE,
    find: '{ [milestone]: at, ...state.milestones }',
    replace: '{ ...state.milestones, [milestone]: at }',
    caughtBy: waysBack,
  },
  {
    name: 'a way back is taken after its time',
    breaks: 'B9',
    file: WAYS,
    find: 'availableUntil !== null && milestones[availableUntil] !== undefined',
    replace: 'availableUntil !== null && milestones[availableUntil] === 0',
    caughtBy: waysBack,
  },
  {
    name: 'a way back is taken before its time',
    breaks: 'B9',
    file: WAYS,
    find: 'availableFrom !== null && milestones[availableFrom] === undefined',
    replace: 'availableFrom !== null && milestones[availableFrom] === 0',
    caughtBy: waysBack,
  },
  {
    name: 'a way back undoes a failure that there was not',
    breaks: 'B9',
    file: WAYS,
    find: "steps[availableWhileFailed]?.status !== 'failed'",
    replace: 'steps[availableWhileFailed] === undefined',
    caughtBy: waysBack,
  },
  {
    name: 'a way back is taken twice',
    breaks: 'B9',
    file: WAYS,
    find: "if (rollback.steps.some(({ id }) => Object.hasOwn(steps, id))) return 'it has been taken';",
    replace: '',
    caughtBy: waysBack,
  },
  {
    name: 'a hold outlasts the beginning of a way back',
    breaks: 'B9',
    file: ROLLBACK,
    find: "if (state.held) draft.emit({ type: 'cutover-resumed'",
    replace: "if (state.id === '') draft.emit({ type: 'cutover-resumed'",
    caughtBy: waysBack,
  },
  {
    name: 'the way forward goes on beside the way back',
    breaks: 'B9',
    file: EVOLVE,
    find: '{ ...cancelUnfinished(state.steps, at), ...newSteps(event.stepIds) }',
    replace: '{ ...state.steps, ...newSteps(event.stepIds) }',
    caughtBy: simulation(),
  },
  {
    name: 'the steps of a way back are not the ones in force',
    breaks: 'I1',
    file: 'shared/core/dispatch.ts',
    find: 'stepsInForce(draft.plan(), state.rollback?.id ?? null)',
    replace: 'stepsInForce(draft.plan(), null)',
    caughtBy: simulation(),
  },
  {
    name: 'a cutover that went back is said to be completed',
    breaks: 'B9',
    file: 'shared/core/dispatch.ts',
    find: "state.rollback === null ? 'cutover-completed' : 'cutover-rolled-back'",
    replace: "'cutover-completed'",
    caughtBy: simulation(),
  },
  {
    name: 'a cutover that went back goes on',
    breaks: 'I6',
    file: 'shared/core/state.ts',
    find: "new Set(['completed', 'rolledBack', 'aborted'])",
    replace: "new Set(['completed', 'aborted'])",
    caughtBy: simulation(),
  },
  {
    name: 'one person passes a data gate alone',
    breaks: 'B8',
    file: CONTROL,
    find: "else if (first.by.id === by.id) return refused('C318', `${by.name} asked for it already`);",
    replace: '',
    caughtBy: waivers,
  },
  {
    name: 'a data gate is passed like any other step',
    breaks: 'B8',
    file: CONTROL,
    find: 'if (!planned.dataGate)',
    replace: "if (planned.kind !== '')",
    caughtBy: waivers,
  },
  {
    name: 'a proposal to pass a data gate stands for ever',
    breaks: 'B8',
    file: CONTROL,
    find: 'first.at + SKIP_PROPOSAL_VALID_MS >= now &&',
    replace: 'now > 0 &&',
    caughtBy: waivers,
  },
  {
    name: 'a data gate is passed although it lacks something else than the first person saw',
    breaks: 'B8',
    file: CONTROL,
    find: '&& sameJson(first.unmet ?? [], codesOf(step))',
    replace: '',
    caughtBy: waivers,
  },
  {
    name: 'a proposal to pass a data gate outlives its attempt',
    breaks: 'B8',
    file: 'shared/core/evolve-step.ts',
    find: '  skipProposal: null,\n} as const;',
    replace: '} as const;',
    caughtBy: waivers,
  },
  {
    name: 'an attempt that was given up is tried again by itself',
    breaks: 'retry',
    file: CONTROL,
    find: "next: couldDouble(step) ? `${LOOK_FIRST} ${next}` : next },\n    'person',",
    replace: "next: couldDouble(step) ? `${LOOK_FIRST} ${next}` : next },\n    'machine',",
    caughtBy: waivers,
  },
  {
    name: 'a cutover that starts held begins at once',
    breaks: 'I7',
    file: DECIDE,
    find: "if (hold !== null) draft.emit({ type: 'cutover-held'",
    replace: "if (hold === '') draft.emit({ type: 'cutover-held'",
    caughtBy: waivers,
  },
  {
    name: 'a refusal is not recorded',
    breaks: 'record',
    file: DECIDE,
    find: "return { events: [{ type: 'request-refused', what, stepId, by, code, message }], answer };",
    replace: 'void [what, stepId, code, message];\n  return { events, answer };',
    caughtBy: refusals,
  },
  {
    name: 'a refusal after the end is not recorded',
    breaks: 'record',
    file: DECIDE,
    find: 'if (events.length > 0 || by === null || !isRefused(answer))',
    replace: 'if (events.length > 0 || by === null || !isRefused(answer) || isTerminal(state))',
    caughtBy: refusals,
  },
  {
    name: 'a refusal takes the name of a step nobody knows',
    breaks: 'record',
    file: DECIDE,
    find: 'const stepId = named !== null && Object.hasOwn(state.steps, named) ? named : null;',
    replace: 'const stepId = named;',
    caughtBy: refusals,
  },
];
