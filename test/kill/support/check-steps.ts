import { isEndOfCommit, type Check, type History, type SeenEvent, type Violation } from './history.ts';

type Step = { readonly status: string; readonly attempts: number };

/** The edges of the step diagram: from which statuses an event may come, and where it leads; null stays there. */
const EDGES: Readonly<Record<string, { readonly from: readonly string[]; readonly to: string | null }>> = {
  'step-ready': { from: ['pending', 'failed'], to: 'ready' },
  'step-dispatched': { from: ['running', 'waiting'], to: null },
  'step-opened': { from: ['running'], to: 'waiting' },
  'effect-settled': { from: ['waiting', 'failed'], to: null },
  'effect-answered': { from: ['waiting', 'failed'], to: null },
  'effect-repeated': { from: ['waiting'], to: null },
  'completion-received': { from: ['waiting'], to: null },
  'vote-counted': { from: ['waiting'], to: null },
  'approval-voided': { from: ['waiting'], to: null },
  'step-checked': { from: ['running', 'waiting'], to: null },
  'step-heard': { from: ['running', 'waiting'], to: null },
  'step-succeeded': { from: ['waiting'], to: 'succeeded' },
  'step-failed': { from: ['running', 'waiting'], to: 'failed' },
  'step-skipped': { from: ['pending', 'ready', 'running', 'waiting', 'failed'], to: 'skipped' },
  'deadline-renewed': { from: ['running', 'waiting'], to: null },
};
const START = { from: ['pending', 'ready'], to: 'running' };
const PASSED = new Set(['succeeded', 'skipped']);
const TERMINAL = new Set(['completed', 'rolledBack', 'aborted']);
/** What else happens in a cutover that nobody turns back, revises, or does a step of outside. */
const OF_THE_CUTOVER = new Set([
  'cutover-started',
  'cutover-held',
  'hold-reminded',
  'cutover-resumed',
  'completion-kept',
  'replication-changed',
  'replication-regressed',
  'reminder-due',
  'result-late',
  'request-refused',
  'message-dead-lettered',
  'message-redriven',
  'overslept',
  'silence-alarmed',
  'cutover-completed',
]);
/** What waits for the end of a hold; everything else is only recorded (I7). */
const NOT_WHILE_HELD = new Set(['step-dispatched', 'step-opened', 'effect-repeated', 'cutover-completed']);
const AFTER_THE_END = new Set(['result-late', 'request-refused', 'message-dead-lettered']);
const NEW: Step = { status: 'pending', attempts: 0 };

const isStart = ({ type, reason }: SeenEvent): boolean =>
  type === 'step-dispatched' && (reason === 'start' || reason === 'retry');

/** The step after one event, by the diagram alone. */
const after = (step: Step, event: SeenEvent): Step => {
  const edge = isStart(event) ? START : EDGES[event.type];
  return {
    status: edge?.to ?? step.status,
    attempts: isStart(event) ? Number(event.attempt) : step.attempts,
  };
};

const stepOf = (event: SeenEvent): string | null =>
  typeof event.stepId === 'string' && (event.type in EDGES || isStart(event)) ? event.stepId : null;

/** What the log says of the steps after each of its events, first to last. */
const tell = (log: readonly SeenEvent[], see: (event: SeenEvent, steps: Map<string, Step>) => void): void => {
  const steps = new Map<string, Step>();
  for (const event of log) {
    see(event, steps);
    const id = stepOf(event);
    if (id !== null) steps.set(id, after(steps.get(id) ?? NEW, event));
  }
};

/** Steps move along the edges of their diagram, attempt by attempt. */
const checkEdges: Check = (_, log) => {
  const violations: Violation[] = [];
  tell(log, (event, steps) => {
    const id = stepOf(event);
    if (id === null) return;
    const { status, attempts } = steps.get(id) ?? NEW;
    const edge = isStart(event) ? START : EDGES[event.type];
    if (edge?.from.includes(status) === false)
      violations.push(`event ${event.n}: ${event.type} met ${id} when it was ${status}`);
    // A step that is ready again speaks of the attempt it waits to begin.
    const isNext = isStart(event) || event.type === 'step-ready';
    const expected = isNext ? attempts + 1 : attempts;
    if (event.attempt !== undefined && event.attempt !== expected)
      violations.push(
        `event ${event.n}: ${event.type} of attempt ${Number(event.attempt)} of ${id}, not ${expected}`,
      );
  });
  return violations;
};

/** Nothing happened that nobody asked for, and that the checks know nothing of. */
const checkKnown: Check = (_, log) =>
  log.flatMap(({ n, type }) =>
    type in EDGES || OF_THE_CUTOVER.has(type) ? [] : [`event ${n}: nobody asked for ${type}`],
  );

/** While held nothing new is sent out, asked or ended. */
const checkHeld: Check = (_, log) => {
  let isHeld = false;
  return log.flatMap((event) => {
    if (event.type === 'cutover-held') isHeld = true;
    if (event.type === 'cutover-resumed') isHeld = false;
    const met = typeof event.stepId === 'string' ? ` of ${event.stepId}` : '';
    return isHeld && NOT_WHILE_HELD.has(event.type)
      ? [`event ${event.n}: ${event.type}${met} while the cutover was held`]
      : [];
  });
};

const predecessors = ({ looks }: History): ReadonlyMap<string, readonly string[]> =>
  new Map(looks.flatMap(({ steps }) => steps.map(({ id, after: before }) => [id, before])));

/** A step starts only when all it waits for has succeeded or was skipped. */
const checkOrder: Check = (history, log) => {
  const violations: Violation[] = [];
  const waitsFor = predecessors(history);
  tell(log, (event, steps) => {
    if (!isStart(event)) return;
    const id = String(event.stepId);
    const missing = (waitsFor.get(id) ?? []).filter((other) => !PASSED.has(steps.get(other)?.status ?? ''));
    if (missing.length > 0) violations.push(`event ${event.n}: ${id} started before ${missing.join(', ')}`);
  });
  return violations;
};

const statusAfter = (log: readonly SeenEvent[], n: number): string => {
  const events = log.slice(0, n);
  if (events.some(({ type }) => type === 'cutover-completed')) return 'completed';
  return events.some(({ type }) => type === 'cutover-aborted') ? 'aborted' : 'running';
};

/** Every status that was shown is what the log says of its first so many events, and never of half a commit. */
const checkLooks: Check = ({ looks }, log) => {
  const violations: Violation[] = [];
  const told = new Map<number, ReadonlyMap<string, Step>>();
  const wanted = new Set(looks.map(({ events }) => events));
  tell([...log, { n: log.length + 1, at: '', type: 'end', inputId: '', hash: '' }], ({ n }, steps) => {
    if (wanted.has(n - 1)) told.set(n - 1, new Map(steps));
  });
  for (const look of looks) {
    const steps = told.get(look.events);
    const at = `the status at ${look.events} events`;
    if (steps === undefined) violations.push(`${at} is of more events than there are`);
    else {
      if (!isEndOfCommit(log, look.events)) violations.push(`${at} shows half of a commit`);
      if (look.status !== statusAfter(log, look.events))
        violations.push(`${at} calls the cutover ${look.status}`);
      for (const { id, status, attempts } of look.steps) {
        const step = steps.get(id) ?? NEW;
        if (step.status !== status || step.attempts !== attempts)
          violations.push(
            `${at} calls ${id} ${status} in attempt ${attempts}; the log ${step.status} in ${step.attempts}`,
          );
      }
    }
  }
  return violations;
};

/** What a later look shows is not older than what an earlier one showed. */
const checkForward: Check = ({ looks }) => {
  const byEnd = looks.toSorted((a, b) => a.endedAt - b.endedAt);
  return looks.flatMap((look) => {
    const newer = byEnd.find(({ endedAt, events }) => endedAt <= look.sentAt && events > look.events);
    return newer === undefined ? [] : [`the status went back from ${newer.events} events to ${look.events}`];
  });
};

/** It ended completed, once; what comes afterwards is only that something came too late or was refused. */
const checkEnd: Check = ({ looks }, log) => {
  const end = log.findIndex(({ type }) => type === 'cutover-completed');
  const violations: Violation[] = [];
  if (end < 0) violations.push('the cutover is not completed');
  const tail = end < 0 ? [] : log.slice(end + 1);
  for (const { n, type } of tail)
    if (!AFTER_THE_END.has(type)) violations.push(`event ${n}: ${type} after the end`);
  const last = looks.at(-1);
  if (last === undefined || !TERMINAL.has(last.status) || last.events !== log.length)
    violations.push('the last status is not that of the end of the log');
  for (const { id, status } of last?.steps ?? [])
    if (!PASSED.has(status)) violations.push(`${id} ended ${status}`);
  return violations;
};

/**
 * What was given up is on record with its cutover, and was given up only because it was delivered too often: every
 * kill costs what is in hand a delivery.
 */
const checkDeadLetters: Check = ({ deadLetters }, log) => {
  const recorded = new Set(log.map(({ deadLetterId }) => deadLetterId));
  return deadLetters.flatMap(({ id, reason }) => {
    const violations: Violation[] = [];
    if (!recorded.has(id)) violations.push(`the dead letter ${id} is not on record`);
    if (reason !== 'MaxDeliveryCountExceeded')
      violations.push(`the dead letter ${id} was given up: ${reason}`);
    return violations;
  });
};

/** What must hold of the steps and of the end. */
export const STEP_CHECKS: readonly Check[] = [
  checkEdges,
  checkKnown,
  checkHeld,
  checkOrder,
  checkLooks,
  checkForward,
  checkEnd,
  checkDeadLetters,
];
