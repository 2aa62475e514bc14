import type { Mutation } from '../mutation.ts';
import { tests } from '../mutation.ts';

const LETTER = 'shared/engine/redrive-letter.ts';

const letters = tests('test/unit/engine/dead-letters.test.ts', 'a letter driven twice harms nobody (I7)');

const secrets = tests('test/property/secrets.test.ts', 'no seed of the simulation holds a secret');

/** Defects of making up for dead letters. */
export const LETTER_MUTATIONS: readonly Mutation[] = [
  {
    name: 'a refused re-drive of a letter leaves no trace in the log',
    breaks: 'E2',
    file: 'shared/engine/redrive-letter.ts',
    find: "answer.code === 'C217' && letter.cutoverId !== null",
    replace: "answer.code === 'C206' && letter.cutoverId !== null",
    caughtBy: tests(
      'test/unit/engine/dead-letters.test.ts',
      'the simulation has no letter that cannot be driven',
    ),
  },
  {
    name: 'a letter is driven again as often as anybody asks',
    breaks: 'I12',
    file: LETTER,
    find: 'if (await isNew(cutoverId, input, answer)) return answer;',
    replace: '',
    caughtBy: letters,
  },
  {
    name: 'another answer is given to who drove a letter again first',
    breaks: 'I3',
    file: LETTER,
    find: 'if (error instanceof StorageConflict) return false;',
    replace: 'if (error instanceof StorageConflict) return true;',
    caughtBy: letters,
  },
  {
    name: 'who is told that a letter was driven again may still drive it by a copy of the request',
    breaks: 'I3',
    file: LETTER,
    find: 'await store.insertInput(cutoverId, input.id, remembered);',
    replace: "if (input.id === '') await store.insertInput(cutoverId, input.id, remembered);",
    caughtBy: letters,
  },
  {
    name: 'a letter that was driven again is not marked',
    breaks: 'I12',
    file: LETTER,
    find: 'if (!isRefused(answer)) await letters.mark(deadLetterId, { at: clock.now(), by, inputId });',
    replace: '',
    caughtBy: letters,
  },
  {
    name: 'a letter whose step refused is marked as driven again',
    breaks: 'I12',
    file: LETTER,
    find: 'if (!isRefused(answer)) await letters',
    replace: 'await letters',
    caughtBy: letters,
  },
  {
    name: 'two people who drive a letter again at once both do',
    breaks: 'I12',
    file: LETTER,
    find: 'letter.redriven ?? (await firstBefore(cutoverId, input))',
    replace: 'letter.redriven',
    caughtBy: letters,
  },
  {
    name: 'a letter whose claimant died is driven again by nobody',
    breaks: 'I12',
    file: LETTER,
    find: 'await drive(cutoverId, { ...input, id: claim.inputId, by: claim.by })',
    replace: 'unchanged(claim.inputId)',
    caughtBy: letters,
  },
  {
    name: 'a letter whose claimant was refused is driven again in the name of two',
    breaks: 'I12',
    file: 'shared/engine/dead-letters.ts',
    find: 'claim !== null && claim.inputId !== refused',
    replace: 'claim !== null && refused === null',
    caughtBy: letters,
  },
  {
    name: 'the letter of a wake does nothing',
    breaks: 'I12',
    file: LETTER,
    find: "if (queue === 'wake') return { cutoverId, stepId: null };",
    replace: "if (queue === 'wake') return { answer: unchanged(id) };",
    caughtBy: letters,
  },
  {
    name: 'a step whose message is a dead letter does not say so',
    breaks: 'I12',
    file: 'shared/core/evolve-step.ts',
    find: 'return { stuck: { deadLetterId: event.deadLetterId, reason: event.reason, at } };',
    replace: 'return null;',
    caughtBy: tests('test/unit/engine/dead-letters.test.ts', 'the next dispatch makes up for it'),
  },
  {
    name: 'the value beside the name of a secret is kept',
    breaks: 'No secret is written down',
    file: 'shared/engine/without-secrets.ts',
    find: 'return telling.size > 0 && !telling.has(name) && !isOwn(name, own);',
    replace: 'return false;',
    caughtBy: secrets,
  },
  {
    name: 'a token without a name is kept',
    breaks: 'No secret is written down',
    file: 'shared/engine/secret-text.ts',
    find: '(isToken(run) ? REMOVED : run)',
    replace: 'run',
    caughtBy: secrets,
  },
  {
    name: 'markup shows the secrets in it',
    breaks: 'No secret is written down',
    file: 'shared/engine/secret-text.ts',
    find: '? bareMarkup(text) : text',
    replace: '? text : text',
    caughtBy: secrets,
  },
  {
    name: 'two letters of which only the secret differs are one',
    breaks: 'I12',
    file: 'shared/engine/letter.ts',
    find: 'id: letterId(found),',
    replace: "id: letterId({ ...found, messageId: '' }),",
    caughtBy: letters,
  },
  {
    name: 'two letters of one message id are one',
    breaks: 'I12',
    file: 'shared/engine/letter.ts',
    find: '${found.reason} ${contentOf(found.body)}',
    replace: '${found.reason}',
    caughtBy: letters,
  },
];
