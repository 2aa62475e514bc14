import type { Check } from './history.ts';
import { onChapter, stagesOfType, stepIn } from './history.ts';

/** So well a process knows the time: the storage dates its answers by seconds, and two more are nothing to correct. */
const KNOWN_TO_MS = 3_000;

/** The time of a cutover is that of the storage, however wrong the clock of the process that commits is. */
const checkDates = onChapter(({ number, fact, after }, _, fail) => {
  const aheadMs = after.lastCommitAt - fact.at;
  if (aheadMs > KNOWN_TO_MS) fail('time', `commit ${number} is dated ${aheadMs} ms ahead`);
});

/** I11: a step has the whole of its time. */
const checkDeadlines = onChapter((chapter, _, fail) => {
  const { fact } = chapter;
  for (const { event, before } of stagesOfType(chapter, 'step-failed', 'deadline-renewed')) {
    if (event.type === 'step-failed' && event.error.code !== 'C309') continue;
    const leftMs = (stepIn(before, event.stepId).deadlineAt ?? 0) - fact.at;
    if (leftMs > KNOWN_TO_MS) fail('I11', `the deadline of ${event.stepId} passed ${leftMs} ms early`);
  }
});

/** What must hold of time. */
export const TIME_CHECKS: readonly Check[] = [checkDates, checkDeadlines];
