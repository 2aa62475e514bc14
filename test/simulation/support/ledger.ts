import { createHash } from 'node:crypto';
import type { CutoverState } from '../../../shared/core/state.ts';
import type { Fact, Violation } from './facts.ts';
import type { VirtualTime } from './virtual-time.ts';
import { START_OF_TIME } from './virtual-time.ts';

const lineOf = (fact: Fact): string => {
  switch (fact.type) {
    case 'commit': {
      const { cutoverId, head, events } = fact;
      const names = events.map((event) => ('stepId' in event ? `${event.type} ${event.stepId}` : event.type));
      return `commit ${cutoverId} ${head.commits} [${events[0]?.inputId}] ${names.join(', ')}`;
    }
    case 'answered':
      return `answered ${fact.inputId} ${fact.answer.code} ${fact.answer.message}`;
    case 'fired':
      return `fired ${fact.stepId} ${fact.attempt}`;
    case 'asked':
      return `asked ${JSON.stringify(fact.input)}`;
    case 'planned':
      return `plan ${JSON.stringify(fact.plan)}`;
    case 'sent':
      return `sent ${fact.envelope.id}`;
    default:
      return fact.type;
  }
};

/** Writes down what happens: the trace for people, the facts for the checks, and the hash that tells traces apart. */
export const makeLedger = (time: VirtualTime, onLine: ((line: string) => void) | null) => {
  const trace = createHash('sha256');
  const facts: Fact[] = [];
  const violations: Violation[] = [];
  const latest = new Map<string, CutoverState>();
  const committed = new Set<string>();
  const note = (line: string): void => {
    const full = `${time.now() - START_OF_TIME} ${line}`;
    trace.update(full);
    onLine?.(full);
  };
  return {
    facts,
    violations,
    /** The head of each cutover as of its last commit. */
    latest: latest as ReadonlyMap<string, CutoverState>,
    isCommitted: (inputId: string): boolean => committed.has(inputId),
    note,
    record: (fact: Fact): void => {
      facts.push(fact);
      if (fact.type === 'commit') {
        latest.set(fact.cutoverId, fact.head);
        committed.add(fact.events[0]?.inputId ?? '');
      }
      note(`  ${lineOf(fact)}`);
    },
    /** Something threw what nobody promised to throw. */
    bug: (where: string, error: unknown): void => {
      const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
      violations.push({ invariant: 'bug', message: `${where}: ${text}` });
    },
    traceHash: (): string => trace.digest('hex'),
  };
};

/** See {@link makeLedger}. */
export type Ledger = ReturnType<typeof makeLedger>;
