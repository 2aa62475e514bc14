import type { Mutation } from '../mutation.ts';
import { tests } from '../mutation.ts';

const WAITING = 'shared/view/waiting-for.ts';
const SAFE_TEST = 'test/unit/core/last-safe-abort.test.ts';
const FORECAST_TEST = 'test/unit/core/forecast.test.ts';
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
  {
    name: 'the shortest rehearsed way back decides until when one may go back',
    breaks: 'after the last safe abort a way back would end too late',
    file: 'shared/core/last-safe-abort.ts',
    find: "durationMs: duration.basis === 'rehearsed' ? duration.longestMs : duration.likelyMs,",
    replace: 'durationMs: duration.shortestMs,',
    caughtBy: tests(SAFE_TEST, 'the simulation asks for no forecast'),
  },
  {
    name: 'a wave before the end of the window is not looked at',
    breaks: 'after the last safe abort a way back would end too late',
    file: 'shared/core/last-safe-abort.ts',
    find: 'Math.min(promised.endsAt, ...promised.waves.map(({ opensAt }) => opensAt))',
    replace: 'promised.endsAt',
    caughtBy: tests(SAFE_TEST, 'the simulation asks for no forecast'),
  },
  {
    name: 'a latest finish is told although the cutover is held',
    breaks: 'what nobody knows is told as unknown',
    file: 'shared/core/forecast.ts',
    find: 'if (unknown && (held !== null || !isDecided))',
    replace: 'if (unknown && !isDecided)',
    caughtBy: tests(FORECAST_TEST, 'the simulation asks for no forecast'),
  },
  {
    name: 'places of the plan are not counted in the forecast',
    breaks: 'the forecast begins steps as they are dispatched',
    file: 'shared/core/schedule.ts',
    find: 'one.node.job.takesPlace && taken >= places',
    replace: 'false',
    caughtBy: tests(FORECAST_TEST, 'the simulation asks for no forecast'),
  },
];
