import { isDeepStrictEqual } from 'node:util';
import { inputIdOf, type Check, type Exchange, type SeenEvent, type Violation } from './history.ts';

/** Events with which a refused request may be recorded all the same. */
const OF_REFUSALS = new Set(['result-late', 'request-refused']);

type Answer = NonNullable<Exchange['answer']>;
type Answered = Exchange & { readonly answer: Answer };

/** A definite answer: whatever else came back says only that it may be tried again. */
const isAnswered = (exchange: Exchange): exchange is Answered =>
  exchange.answer !== null && exchange.answer.status < 500;

const isApplied = ({ status, body }: Answer): boolean =>
  status === 202 || (status === 200 && body.code === 'applied');

const byInput = (exchanges: readonly Exchange[]): ReadonlyMap<string, readonly Exchange[]> =>
  Map.groupBy(exchanges, inputIdOf);

/** The log cut into runs of events of one input. */
const commitsOf = (log: readonly SeenEvent[]): readonly (readonly SeenEvent[])[] => {
  const commits: SeenEvent[][] = [];
  for (const event of log) {
    const last = commits.at(-1);
    if (last?.[0]?.inputId === event.inputId) last.push(event);
    else commits.push([event]);
  }
  return commits;
};

/** Every input stands in the log at most once, those of requests only if somebody sent them. */
const checkOnce: Check = ({ exchanges }, log) => {
  const sent = byInput(exchanges);
  const seen = new Set<string>();
  return commitsOf(log).flatMap(([first]) => {
    const inputId = first?.inputId ?? '';
    const violations: Violation[] = [];
    if (seen.has(inputId)) violations.push(`${inputId} stands in the log twice`);
    seen.add(inputId);
    if (/^(?:http|webhook|start):/.test(inputId) && !sent.has(inputId))
      violations.push(`${inputId} stands in the log, and nobody sent it`);
    return violations;
  });
};

/** What was acknowledged stands in the log; what was refused, or changed nothing, left at most that it was refused. */
const checkAcknowledged: Check = ({ exchanges }, log) => {
  const logged = Map.groupBy(log, ({ inputId }) => inputId);
  return [...byInput(exchanges)].flatMap(([inputId, tries]) => {
    const answered = tries.filter(isAnswered);
    // A callback may have been refused before what it answers was asked, and taken when it came again.
    const one = answered.find(({ answer }) => isApplied(answer)) ?? answered[0];
    if (one === undefined) return [];
    const isLogged = (logged.get(inputId) ?? []).some(({ type }) => !OF_REFUSALS.has(type));
    if (isApplied(one.answer) === isLogged) return [];
    const said = `${inputId} (${one.path}) was answered ${JSON.stringify(one.answer)}`;
    return [`${said} and is ${isLogged ? 'in the log' : 'not in the log'}`];
  });
};

/**
 * The same key gets the same answer: that of an Idempotency-Key always, that of a callback from the one that was
 * applied on.
 */
const checkAnswers: Check = ({ exchanges }) =>
  [...byInput(exchanges)].flatMap(([inputId, tries]) => {
    const answered = tries.filter(isAnswered).toSorted((a, b) => a.endedAt - b.endedAt);
    const first =
      tries[0]?.what === 'callback' ? answered.find(({ answer }) => isApplied(answer)) : answered[0];
    if (first === undefined) return [];
    return answered
      .filter(({ what, sentAt }) => what !== 'callback' || sentAt >= first.endedAt)
      .filter(({ answer }) => !isDeepStrictEqual(answer, first.answer))
      .map(
        ({ answer }) =>
          `${inputId} was answered ${JSON.stringify(first.answer)}, then ${JSON.stringify(answer)}`,
      );
  });

/** Whoever got an answer finds what it acknowledged in everything they ask for afterwards. */
const checkVisible: Check = ({ exchanges, pages, looks }, log) => {
  const lastOf = new Map(log.map(({ inputId, n }) => [inputId, n]));
  const shown = [
    ...looks.map(({ sentAt, events }) => ({ sentAt, upTo: events })),
    ...pages
      .filter(({ events, limit }) => events.length < limit)
      .map(({ sentAt, after, events }) => ({ sentAt, upTo: after + events.length })),
  ];
  return exchanges.filter(isAnswered).flatMap((exchange) => {
    const n = lastOf.get(inputIdOf(exchange));
    if (n === undefined || !isApplied(exchange.answer)) return [];
    const blind = shown.find(({ sentAt, upTo }) => sentAt > exchange.endedAt && upTo < n);
    return blind === undefined
      ? []
      : [
          `${inputIdOf(exchange)} was acknowledged, then a reader was shown only ${blind.upTo} events of ${n}`,
        ];
  });
};

/** Nothing is answered with an unexpected error. */
const checkErrors: Check = ({ exchanges }) =>
  exchanges.flatMap(({ path, answer }) =>
    answer?.status === 500 ? [`${path} was answered ${JSON.stringify(answer)}`] : [],
  );

/** What must hold of requests and their answers. */
export const REQUEST_CHECKS: readonly Check[] = [
  checkOnce,
  checkAcknowledged,
  checkAnswers,
  checkVisible,
  checkErrors,
];
