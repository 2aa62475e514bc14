import { stepQueue } from '../core/messages.ts';
import type { Answer } from '../core/draft.ts';
import { isRefused, refused, unchanged } from '../core/draft.ts';
import type { Input } from '../core/inputs.ts';
import type { Actor } from '../core/state.ts';
import type { Advance } from './advance.ts';
import { requestHash } from './advance.ts';
import type { CutoverStore } from './cutover-store.ts';
import type { DeadLetter, DeadLetters } from './dead-letters.ts';
import type { Clock } from './ports.ts';
import { StorageConflict } from './ports.ts';

/** Makes up for the message of a dead letter, at most once for each letter; `inputId` makes the request apply once (I3). */
export type RedriveLetter = (id: string, by: Actor, inputId: string) => Promise<Answer>;

/** What stands in for the lost message: an input of its cutover, or an answer that says why there is none. */
type Way = { readonly cutoverId: string; readonly stepId: string | null } | { readonly answer: Answer };

const wayOf = ({ id, queue, cutoverId, stepId }: DeadLetter): Way => {
  if (queue === 'observe') {
    return {
      answer: unchanged(`${id} asked to look at replication: nothing to do, the next poll looks anew`),
    };
  }
  if (cutoverId === null) return { answer: refused('C217', `${id} names no cutover`) };
  if (queue === 'wake') return { cutoverId, stepId: null };
  if (!queue.startsWith(stepQueue('')))
    return { answer: refused('C217', `${id} came from the queue ${queue}`) };
  return stepId === null ? { answer: refused('C217', `${id} names no step`) } : { cutoverId, stepId };
};

/** See {@link RedriveLetter}. The message itself is never sent again: the stored state knows better what is to be done. */
export const makeRedriveLetter = (parts: {
  readonly store: Pick<CutoverStore, 'insertInput'>;
  readonly letters: Pick<DeadLetters, 'get' | 'mark'>;
  readonly advance: Advance;
  readonly clock: Clock;
}): RedriveLetter => {
  /** Keeps the answer, so that no other copy of the request does anything later; false if one was answered before (I3). */
  const isNew = async (cutoverId: string, input: Input, answer: Answer): Promise<boolean> => {
    try {
      const remembered = { requestHash: requestHash(input), answer, commit: 0 };
      await parts.store.insertInput(cutoverId, input.id, remembered);
      return true;
    } catch (error) {
      if (error instanceof StorageConflict) return false;
      throw error;
    }
  };

  return async (id, by, inputId) => {
    const letter = await parts.letters.get(id);
    if (letter === null) return refused('C206', `dead letter ${id}`);
    const { redriven } = letter;
    const way = wayOf(letter);
    if ('answer' in way) return way.answer;
    const { cutoverId, stepId } = way;
    const input = { id: inputId, type: 'redrive', stepId, deadLetterId: id, by } as const;
    if (redriven !== null && redriven.inputId !== inputId) {
      const detail = { redrivenAt: redriven.at, redrivenBy: redriven.by.name };
      const answer = unchanged(`${id} was driven again already by ${redriven.by.name}`, detail);
      if (await isNew(cutoverId, input, answer)) return answer;
    }
    const answer = await parts.advance(cutoverId, input);
    // A crash before the mark costs a second dispatch by the next request: harmless, and recorded as well (I7).
    if (!isRefused(answer)) await parts.letters.mark(id, { at: parts.clock.now(), by, inputId });
    return answer;
  };
};
