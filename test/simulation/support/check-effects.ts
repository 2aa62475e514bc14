import type { Check } from './history.ts';
import { onChapter, plannedIn, stagesOfType, stepIn } from './history.ts';
import { STARTER } from './kinds.ts';

/** I8: evidence is stored after its question was asked and before it is relied on, and read after the facts it proves. */
const checkEvidence: Check = (_, fail) => {
  /** Which fact was the last to store it: the same body is stored again under the same hash. */
  const stored = new Map<string, number>();
  const opened = new Map<string, number>();
  let facts = 0;
  return (fact, chapter) => {
    facts += 1;
    if (fact.type === 'evidence-stored') stored.set(fact.hash, facts);
    if (chapter === null) return;
    for (const { event } of stagesOfType(chapter, 'step-opened')) opened.set(event.stepId, facts);
    for (const { event, before } of stagesOfType(chapter, 'step-succeeded')) {
      const { wait } = stepIn(before, event.stepId);
      const { hash, takenAt } = event.evidence;
      if ((stored.get(hash) ?? 0) <= (opened.get(event.stepId) ?? Infinity))
        fail('I8', `${event.stepId} has no evidence`);
      if (wait === null) fail('I8', `${event.stepId} passed without a question`);
      if (takenAt < Math.max(wait?.openedAt ?? 0, wait?.claim?.at ?? 0))
        fail('I8', `${event.stepId} has old evidence`);
      if (wait?.asks !== 'person' && wait?.asks !== 'automation') continue;
      if (wait.claim === null) fail('I8', `${event.stepId} passed without a claim`);
      // What is read proves itself; somebody's word does only if it is a good one.
      if (event.evidence.source === 'stated' && wait.claim?.result !== 'pass')
        fail('I8', `${event.stepId} passed on nobody's word`);
    }
  };
};

/** I8: a vote counts only for the evidence it saw, and an approval opens its gate with enough such votes. */
const checkApprovals: Check = (history, fail) => {
  /** The last word of each person, by step, attempt and evidence. */
  const words = new Map<string, Map<string, string>>();
  return (_, chapter) => {
    for (const { event, before } of chapter?.stages ?? []) {
      if (event.type === 'vote-counted') {
        const { stepId, attempt, vote } = event;
        const { wait } = stepIn(before, stepId);
        if (vote.evidenceHash !== wait?.evidenceHash)
          fail('I8', `${stepId} counted a vote for other evidence`);
        if (wait?.rule?.approvers.includes(vote.by.id) !== true)
          fail('I8', `${stepId} counted the vote of ${vote.by.id}, who was not asked`);
        if (vote.by.id === STARTER.id) fail('I8', `${stepId} counted the vote of who started`);
        const key = `${stepId} ${attempt} ${vote.evidenceHash}`;
        words.set(key, new Map(words.get(key)).set(vote.by.id, vote.decision));
      }
      // Whoever approved what has changed meanwhile is asked again, even if it changes back.
      if (event.type === 'approval-voided')
        for (const key of [...words.keys()])
          if (key.startsWith(`${event.stepId} ${event.attempt} `)) words.delete(key);
      if (event.type !== 'step-succeeded' || stepIn(before, event.stepId).wait?.asks !== 'approval') continue;
      const { stepId, attempt, evidence } = event;
      const { quorum } = plannedIn(history, stepId).params as { quorum: number };
      const said = words.get(`${stepId} ${attempt} ${evidence.hash}`)?.values() ?? [];
      const isDenied = [...(words.get(`${stepId} ${attempt} ${evidence.hash}`)?.values() ?? [])].includes(
        'deny',
      );
      if (isDenied && history.plan.id === 'simulated') fail('I8', `${stepId} passed though it was denied`);
      const approvals = [...said].filter((decision) => decision === 'approve').length;
      if (approvals < quorum)
        fail('I8', `${stepId} passed on evidence that ${approvals} of ${quorum} approved`);
    }
  };
};

/** I10: an effect is fired only after its committed intent, and a second time only if it was committed as repeatable. */
const checkEffects: Check = (_, fail) => {
  const intents = new Map<string, number>();
  const fired = new Map<string, number>();
  const once = new Set<string>();
  const add = (counts: Map<string, number>, key: string) => counts.set(key, (counts.get(key) ?? 0) + 1);
  return (fact, chapter) => {
    for (const { event } of chapter?.stages ?? []) {
      const intent = event.type === 'step-opened' && event.effect !== null;
      if (intent || event.type === 'effect-repeated') add(intents, `${event.stepId} ${event.attempt}`);
      const isDenied = event.type === 'effect-settled' && event.outcome === 'refused';
      if (isDenied && once.has(`${event.stepId} ${event.attempt}`))
        fail('I10', `${event.stepId} ${event.attempt} is said not to have happened, but did`);
    }
    if (fact.type !== 'fired') return;
    const key = `${fact.stepId} ${fact.attempt}`;
    add(fired, key);
    if (!fact.repeatable) once.add(key);
    const times = fired.get(key) ?? 0;
    const announced = intents.get(key) ?? 0;
    if (times > announced) fail('I10', `${key} fired ${times} times, announced ${announced}`);
    if (times > 1 && !fact.repeatable) fail('I10', `${key} fired ${times} times and must not`);
  };
};

/** I10: what may have happened and must not happen twice is not tried again without a person. */
const checkDoubt = onChapter((chapter, _, fail) => {
  for (const { event, before } of stagesOfType(chapter, 'step-failed')) {
    const { effect } = stepIn(before, event.stepId);
    const inDoubt = effect !== null && !effect.repeatable && effect.outcome !== 'refused';
    if (inDoubt && event.retryAt !== null)
      fail(
        'I10',
        `${event.stepId} ${event.attempt} is retried though it would do twice what it did, or may have done`,
      );
  }
});

/** What must hold of gates and effects. */
export const EFFECT_CHECKS: readonly Check[] = [checkEvidence, checkApprovals, checkEffects, checkDoubt];
