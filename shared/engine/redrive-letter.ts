import { stepQueue } from '../core/messages.ts';
import type { Answer } from '../core/draft.ts';
import { isRefused, refused, unchanged } from '../core/draft.ts';
import type { Input, InputOf } from '../core/inputs.ts';
import type { Actor } from '../core/state.ts';
import type { Advance } from './advance.ts';
import { requestHash } from './advance.ts';
import type { CutoverStore } from './cutover-store.ts';
import type { DeadLetter, DeadLetters, Redriven } from './dead-letters.ts';
import type { Clock } from './ports.ts';
import { StorageConflict } from './ports.ts';
import type { RecordRefusal } from './refusals.ts';

/** Makes up for the message of a dead letter, at most once for each letter; `inputId` makes the request apply once (I3). */
export type RedriveLetter = (id: string, by: Actor, inputId: string) => Promise<Answer>;

type Redrive = InputOf<'redrive'> & { readonly deadLetterId: string };

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
  readonly letters: Pick<DeadLetters, 'get' | 'claim' | 'mark'>;
  readonly advance: Advance;
  readonly recordRefusal: RecordRefusal;
  readonly clock: Clock;
}): RedriveLetter => {
  const { store, letters, advance, recordRefusal, clock } = parts;

  /** Keeps the answer, so that no other copy of the request does anything later; false if one was answered before (I3). */
  const isNew = async (cutoverId: string, input: Input, answer: Answer): Promise<boolean> => {
    try {
      const remembered = { requestHash: requestHash(input), answer, commit: 0 };
      await store.insertInput(cutoverId, input.id, remembered);
      return true;
    } catch (error) {
      if (error instanceof StorageConflict) return false;
      throw error;
    }
  };

  /** Applies the input of whoever holds the claim, and notes who it was. */
  const drive = async (cutoverId: string, input: Redrive): Promise<Answer> => {
    const answer = await advance(cutoverId, input);
    const { id: inputId, by, deadLetterId } = input;
    // A crash before the mark loses nothing: whoever asks next finds the claim and its answer.
    if (!isRefused(answer)) await letters.mark(deadLetterId, { at: clock.now(), by, inputId });
    return answer;
  };

  /**
   * Who has driven the letter again before this input, or null when it is this input's turn. The claim decides, across
   * processes; a claimant that died before its dispatch has it made now, in its own name and once (I3), and one that was
   * refused gives way.
   */
  const firstBefore = async (cutoverId: string, input: Redrive): Promise<Redriven | null> => {
    const { id: inputId, by, deadLetterId } = input;
    const asking = { at: clock.now(), by, inputId };
    let claim = await letters.claim(deadLetterId, asking, null);
    while (claim.inputId !== inputId) {
      const answer = await drive(cutoverId, { ...input, id: claim.inputId, by: claim.by });
      if (!isRefused(answer)) return (await letters.get(deadLetterId))?.redriven ?? claim;
      claim = await letters.claim(deadLetterId, asking, claim.inputId);
    }
    return null;
  };

  return async (id, by, inputId) => {
    const letter = await letters.get(id);
    if (letter === null) return refused('C206', `dead letter ${id}`);
    const way = wayOf(letter);
    if ('answer' in way) {
      const { answer } = way;
      if (answer.code === 'C217' && letter.cutoverId !== null)
        await recordRefusal(letter.cutoverId, { what: 'redrive', stepId: letter.stepId, by, code: 'C217' });
      return answer;
    }
    const { cutoverId, stepId } = way;
    const input: Redrive = { id: inputId, type: 'redrive', stepId, deadLetterId: id, by };
    const first = letter.redriven ?? (await firstBefore(cutoverId, input));
    if (first !== null && first.inputId !== inputId) {
      const detail = { redrivenAt: first.at, redrivenBy: first.by.name };
      const answer = unchanged(`${id} was driven again already by ${first.by.name}`, detail);
      if (await isNew(cutoverId, input, answer)) return answer;
    }
    return drive(cutoverId, input);
  };
};
