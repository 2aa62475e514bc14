import { createHash } from 'node:crypto';
import type { Plan } from '../../../shared/core/plan.ts';
import { allSteps } from '../../../shared/core/plan.ts';
import type { CutoverState } from '../../../shared/core/state.ts';
import { earliestDue } from '../../../shared/core/due.ts';
import { makeWatch } from './checks.ts';
import type { Fact, Violation } from './facts.ts';
import { cutoverOf } from './facts.ts';
import type { Chapter, Check, History } from './history.ts';
import { makeHistory } from './history.ts';
import type { VirtualTime } from './virtual-time.ts';
import { START_OF_TIME } from './virtual-time.ts';

const lineOf = (fact: Fact, chapter: Chapter | null): string => {
  switch (fact.type) {
    case 'commit': {
      const { cutoverId, events } = fact;
      const names = events.map((event) => ('stepId' in event ? `${event.type} ${event.stepId}` : event.type));
      return `commit ${cutoverId} ${chapter?.number} [${events[0]?.inputId}] ${names.join(', ')}`;
    }
    case 'answered':
      return `answered ${fact.inputId} ${JSON.stringify(fact.reply)}`;
    case 'status-told': {
      const { asOf, reply } = fact;
      return `status ${asOf === null ? 'now' : `as of ${asOf - START_OF_TIME}`} ${JSON.stringify(reply.jsonBody ?? reply.body)}`;
    }
    case 'fired':
      return `fired ${fact.stepId} ${fact.attempt}`;
    case 'asked':
      return `asked ${JSON.stringify(fact.input)}`;
    case 'planned':
      return `plan ${JSON.stringify(fact.plan)}`;
    case 'plan-stored':
      return `plan ${fact.key}`;
    case 'sent':
      return `sent ${fact.envelope.id}`;
    default:
      return fact.type;
  }
};

/** Facts that every cutover is told. */
const CONCERNS_ALL: ReadonlySet<Fact['type']> = new Set(['rested', 'drained', 'token-posted', 'counted']);

/** The state of a cutover as of its last commit, with its earliest due time. */
type Standing = { readonly state: CutoverState; readonly due: number | null };

/** One cutover as it is watched. */
type Watched = { readonly history: History; readonly watch: ReturnType<typeof makeWatch> };

/**
 * Writes down what happens: the trace for people, and the hash that tells traces apart. Every fact is checked as it is
 * recorded, so that a violation is known at the very commit that makes it.
 */
export const makeLedger = (time: VirtualTime, onLine: ((line: string) => void) | null) => {
  const trace = createHash('sha256');
  const violations: Violation[] = [];
  const cutovers = new Map<string, Watched>();
  const standings = new Map<string, Standing>();
  let states: readonly Standing[] = [];
  const committed = new Set<string>();
  const deadLetters: string[] = [];
  const events = new Set<string>();
  const ownChecks: Check[] = [];
  let commits = 0;

  const note = (line: string): void => {
    const full = `${time.now() - START_OF_TIME} ${line}`;
    trace.update(full);
    onLine?.(full);
  };
  const fail = (invariant: string, message: string): void => {
    violations.push({ invariant, message });
    note(`BROKEN ${invariant}: ${message}`);
  };
  const see = (watched: Watched, fact: Fact): Chapter | null => {
    const chapter = watched.history.add(fact);
    if (chapter !== null) {
      commits += 1;
      standings.set(chapter.after.id, { state: chapter.after, due: earliestDue(chapter.after) });
      states = [...standings.values()];
      for (const { type } of chapter.fact.events) events.add(type);
      committed.add(chapter.fact.events[0]?.inputId ?? '');
    }
    watched.watch(fact, chapter);
    return chapter;
  };
  return {
    violations: violations as readonly Violation[],
    /** Ids of the messages that no function can or could handle. */
    deadLetters: deadLetters as readonly string[],
    commits: (): number => commits,
    /** The types of all events. */
    events: (): readonly string[] => [...events],
    /** How each cutover that has begun stands. */
    states: (): readonly Standing[] => states,
    stateOf: (cutoverId: string): CutoverState | null => standings.get(cutoverId)?.state ?? null,
    planOf: (cutoverId: string): Plan => {
      const watched = cutovers.get(cutoverId);
      if (watched === undefined) throw new Error(`nobody planned ${cutoverId}`);
      return watched.history.plan;
    },
    /** Ids that steps of earlier revisions had and none of the plan in force has. */
    formerIdsOf: (cutoverId: string): readonly string[] => {
      const history = cutovers.get(cutoverId)?.history;
      if (history === undefined) return [];
      const present = new Set(allSteps(history.plan).map(({ id }) => id));
      return [...history.planned.keys()].filter((id) => !present.has(id));
    },
    isCommitted: (inputId: string): boolean => committed.has(inputId),
    note,
    fail,
    /** Checks every cutover that is planned from now on in one more way. */
    alsoCheck: (check: Check): void => {
      ownChecks.push(check);
    },
    record: (fact: Fact): void => {
      if (fact.type === 'planned') {
        const history = makeHistory(fact);
        cutovers.set(fact.cutoverId, { history, watch: makeWatch(history, fail, ownChecks) });
      }
      if (fact.type === 'dead-lettered') deadLetters.push(fact.messageId);
      const own = cutovers.get(cutoverOf(fact) ?? '');
      const chapter = own === undefined ? null : see(own, fact);
      note(`  ${lineOf(fact, chapter)}`);
      if (CONCERNS_ALL.has(fact.type)) for (const watched of cutovers.values()) see(watched, fact);
    },
    /** Something threw what nobody promised to throw. */
    bug: (where: string, error: unknown): void => {
      fail('bug', `${where}: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
    },
    traceHash: (): string => trace.digest('hex'),
  };
};

/** See {@link makeLedger}. */
export type Ledger = ReturnType<typeof makeLedger>;
