import type { Mutation } from '../mutation.ts';
import { tests } from '../mutation.ts';

const WAITING = 'shared/view/waiting-for.ts';
const WHY_TEST = 'test/unit/view/why.test.ts';

/** Defects of what is said about how a cutover goes on. */
export const OUTLOOK_MUTATIONS: readonly Mutation[] = [
  {
    name: 'a question that only the hold raises is said to be in the way',
    breaks: 'nothing is in the way that only follows from something else',
    file: WAITING,
    find: "return step.effect?.outcome === 'open' ? beside(lines) : inTheWay(lines);",
    replace: 'return inTheWay(lines);',
    caughtBy: tests(WHY_TEST, 'the simulation asks nobody why'),
  },
  {
    name: 'a watch that cannot look is in the way before it is to end',
    breaks: 'nothing is in the way that holds nothing up',
    file: WAITING,
    find: '(isEnding(state, planned) ? inTheWay(hindered) : beside(hindered))',
    replace: 'inTheWay(hindered)',
    caughtBy: tests(WHY_TEST, 'the simulation asks nobody why'),
  },
];
