import type { Mutation } from '../mutation.ts';
import { simulation, tests } from '../mutation.ts';

const REVISION = 'shared/core/decide-revision.ts';

/** People of the simulation decide so in one seed of some dozens at most, and not every such rule has its check there. */
const SELDOM = 'the simulation comes there too seldom, if at all';
const revisions = tests('test/unit/core/revision.test.ts', SELDOM);

/** Defects of a change of the plan under way. */
export const REVISION_MUTATIONS: readonly Mutation[] = [
  {
    name: 'a revision changes a step that runs',
    breaks: 'revise',
    file: REVISION,
    find: "return status === 'pending' || status === 'ready' ? null : status;",
    replace: "return status === 'succeeded' || status === 'skipped' ? status : null;",
    caughtBy: revisions,
  },
  {
    name: 'a revision uses the id of a removed step again',
    breaks: 'revise',
    file: REVISION,
    find: '.filter((id) => Object.hasOwn(state.steps, id))',
    replace: '.filter((id) => id.length > 1000 && Object.hasOwn(state.steps, id))',
    caughtBy: revisions,
  },
  {
    name: 'a step that a revision removed is forgotten',
    breaks: 'revise',
    file: 'shared/core/evolve-cutover.ts',
    find: 'steps: { ...(Object.fromEntries(kept) as Steps), ',
    replace: 'steps: { ...(Object.fromEntries(kept.filter(([id]) => !removed.has(id as string))) as Steps), ',
    caughtBy: simulation(),
  },
  {
    name: 'one person changes the plan alone',
    breaks: 'revise',
    file: REVISION,
    find: "if (proposal.by.id === by.id) return refused('C318', `${by.name} proposed it`);",
    replace: '',
    caughtBy: revisions,
  },
  {
    name: 'an approval counts for another proposal than was seen',
    breaks: 'revise',
    file: REVISION,
    find: 'if (proposal.hash !== hash)',
    replace: "if (hash === '')",
    caughtBy: revisions,
  },
  {
    name: 'a proposal stands for ever',
    breaks: 'revise',
    file: REVISION,
    find: 'if (expiryOf(proposal) <= draft.now)',
    replace: 'if (expiryOf(proposal) <= 0)',
    caughtBy: revisions,
  },
  {
    name: 'an approval does not look at what has begun since',
    breaks: 'revise',
    file: REVISION,
    find: 'const problems = problemsOf(draft, { plan, done: proposal.done });',
    replace: 'const problems: string[] = [];',
    caughtBy: revisions,
  },
  {
    name: 'the plan changes while the cutover goes back',
    breaks: 'revise',
    file: REVISION,
    find: 'if (state.rollback !== null) return',
    replace: "if (state.id === '') return",
    caughtBy: simulation(),
  },
  {
    name: 'a step is recorded as done before what it waits for',
    breaks: 'I1',
    file: REVISION,
    find: 'step.after.filter((other) => !passed(other))',
    replace: 'step.after.filter((other) => !planned.has(other))',
    caughtBy: revisions,
  },
  {
    name: 'a step is recorded as done in the future',
    breaks: 'I8',
    file: REVISION,
    find: 'doneAt > now ?',
    replace: 'doneAt < 0 ?',
    caughtBy: revisions,
  },
  {
    name: 'a data gate done outside keeps no waiver',
    breaks: 'B8',
    file: REVISION,
    find: 'waiver: dataGate ? waiver : null',
    replace: 'waiver: null && waiver && dataGate',
    caughtBy: revisions,
  },
  {
    name: 'an attempt in hand runs on another plan than it was dispatched under',
    breaks: 'revise',
    file: 'shared/core/state.ts',
    find: 'state.earlierPlans.find(({ revision }) => revision === step.revision) ?? state.plan',
    replace: 'state.earlierPlans.find(({ revision }) => revision > step.revision) ?? state.plan',
    caughtBy: revisions,
  },
  {
    name: 'what a revision adds is sent by the plan before it',
    breaks: 'I4',
    file: 'shared/engine/advance.ts',
    find: "input.type === 'decide-revision' && input.decision === 'approve' ? input.plan : before",
    replace: 'before',
    caughtBy: tests('test/unit/engine/advance.test.ts', SELDOM),
  },
];
