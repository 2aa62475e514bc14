import type { Violation } from './facts.ts';
import type { Check } from './history.ts';
import { stagesOfType, stepIn } from './history.ts';
import { STARTER } from './kinds.ts';

/** I8: evidence is stored before it is relied on and read after the facts it proves. */
const checkEvidence: Check = (history) => {
  const stored = new Map<string, number>();
  for (const [order, fact] of history.facts.entries()) {
    if (fact.type === 'evidence-stored' && fact.cutoverId === history.cutoverId && !stored.has(fact.hash)) {
      stored.set(fact.hash, order);
    }
  }
  return stagesOfType(history, 'step-succeeded').flatMap(({ event, before, chapter }) => {
    const { wait } = stepIn(before, event.stepId);
    const violations: Violation[] = [];
    const fail = (message: string) =>
      violations.push({ invariant: 'I8', message: `${event.stepId} ${message}` });
    if ((stored.get(event.evidence.hash) ?? Number.POSITIVE_INFINITY) > chapter.order)
      fail('has no evidence');
    if (wait === null) fail('passed without a question');
    if (event.evidence.takenAt < Math.max(wait?.openedAt ?? 0, wait?.claim?.at ?? 0))
      fail('has old evidence');
    if ((wait?.asks === 'person' || wait?.asks === 'automation') && wait.claim?.result !== 'pass') {
      fail('passed without a claim');
    }
    return violations;
  });
};

/** I8: a vote counts only for the evidence it saw, and an approval opens its gate with enough such votes. */
const checkApprovals: Check = (history) => {
  const violations: Violation[] = [];
  const fail = (message: string) => violations.push({ invariant: 'I8', message });
  for (const { event, before } of stagesOfType(history, 'vote-counted')) {
    const { wait } = stepIn(before, event.stepId);
    const { vote } = event;
    if (vote.evidenceHash !== wait?.evidenceHash) fail(`${event.stepId} counted a vote for other evidence`);
    if (vote.by.id === STARTER.id) fail(`${event.stepId} counted the vote of who started`);
  }
  for (const { event, before } of stagesOfType(history, 'step-succeeded')) {
    const { wait } = stepIn(before, event.stepId);
    if (wait?.asks !== 'approval') continue;
    const step = history.plan.steps.find(({ id }) => id === event.stepId);
    const { quorum } = step!.params as { quorum: number };
    const lastWords = new Map<string, string>();
    for (const { event: counted } of stagesOfType(history, 'vote-counted')) {
      const { stepId, attempt, n, vote } = counted;
      if (stepId !== event.stepId || attempt !== event.attempt || n > event.n) continue;
      if (vote.evidenceHash === event.evidence.hash) lastWords.set(vote.by.id, vote.decision);
    }
    const approvals = [...lastWords.values()].filter((decision) => decision === 'approve').length;
    if (approvals < quorum)
      fail(`${event.stepId} passed on evidence that ${approvals} of ${quorum} approved`);
  }
  return violations;
};

/** I10: an effect is fired only after its committed intent, and a second time only if it was committed as repeatable. */
const checkEffects: Check = (history) => {
  const violations: Violation[] = [];
  const intents = new Map<string, number>();
  const fired = new Map<string, number>();
  const once = new Set<string>();
  const add = (counts: Map<string, number>, key: string) => counts.set(key, (counts.get(key) ?? 0) + 1);
  const commits = new Map(history.chapters.map((chapter) => [chapter.order, chapter]));
  for (const [order, fact] of history.facts.entries()) {
    for (const { event } of commits.get(order)?.stages ?? []) {
      const intent = event.type === 'step-opened' && event.effect !== null;
      if (intent || event.type === 'effect-repeated') add(intents, `${event.stepId} ${event.attempt}`);
      const isDenied = event.type === 'effect-settled' && event.outcome === 'refused';
      if (isDenied && once.has(`${event.stepId} ${event.attempt}`)) {
        const message = `${event.stepId} ${event.attempt} is said not to have happened, but did`;
        violations.push({ invariant: 'I10', message });
      }
    }
    if (fact.type !== 'fired' || fact.cutoverId !== history.cutoverId) continue;
    const key = `${fact.stepId} ${fact.attempt}`;
    add(fired, key);
    if (!fact.repeatable) once.add(key);
    const times = fired.get(key) ?? 0;
    if (times > (intents.get(key) ?? 0)) {
      violations.push({
        invariant: 'I10',
        message: `${key} fired ${times} times, announced ${intents.get(key)}`,
      });
    }
    if (times > 1 && !fact.repeatable) {
      violations.push({ invariant: 'I10', message: `${key} fired ${times} times and must not` });
    }
  }
  return violations;
};

/** I10: what may have happened and must not happen twice is not tried again without a person. */
const checkDoubt: Check = (history) =>
  stagesOfType(history, 'step-failed').flatMap(({ event, before }) => {
    const { effect } = stepIn(before, event.stepId);
    const inDoubt = effect !== null && !effect.repeatable && /^(?:open|unknown)$/.test(effect.outcome);
    if (!inDoubt || event.retryAt === null) return [];
    return [
      { invariant: 'I10', message: `${event.stepId} ${event.attempt} is retried with its effect in doubt` },
    ];
  });

/** What must hold of gates and effects. */
export const EFFECT_CHECKS: readonly Check[] = [checkEvidence, checkApprovals, checkEffects, checkDoubt];
