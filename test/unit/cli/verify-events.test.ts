import { describe, expect, it } from 'vitest';
import { verificationText, verifyEvents } from '../../../cli/verify-events.ts';
import type { CloudEvent } from '../../../shared/engine/cloud-event.ts';
import { cloudEventOf } from '../../../shared/engine/cloud-event.ts';
import { engineOn, makeRecordingBus, NO_BINDINGS } from '../../support/engine-parts.ts';
import { makeMemoryTables } from '../../support/memory-tables.ts';
import { hold, MANAGER, resume } from '../../support/sample-inputs.ts';
import { planOf, step } from '../../support/sample-plan.ts';
import { BEGUN_AT, makeTestClock } from '../../support/test-world.ts';

/** What a receiver was sent of a cutover. */
const sentOf = async (cutoverId: string): Promise<readonly string[]> => {
  const bus = makeRecordingBus(() => new Error('down'));
  const engine = engineOn({ tables: makeMemoryTables(), bus, clock: makeTestClock(BEGUN_AT) });
  const plan = planOf([step('first'), step('second')]);
  await engine.start({ cutoverId, plan, bindings: NO_BINDINGS, by: MANAGER, key: 'k' });
  for (const [index, what] of [hold('Größe 雪 \u2028'), resume()].entries()) {
    await engine.advance(cutoverId, { ...what, id: `i${index}` });
  }
  const log = await engine.store.log(cutoverId, 0, 100);
  return log.map((event, index) =>
    JSON.stringify(cloudEventOf(cutoverId, 'https://cutover.example', event, log[index - 1]?.hash ?? '')),
  );
};

const SENT = await sentOf('c-1');
const OTHER = await sentOf('c-2');
const LAST = SENT.length;
const LAST_ENTRY = (JSON.parse(SENT.at(-1)!) as CloudEvent).data;
const SOURCE = 'https://cutover.example/api/cutovers/c-1';
type Altered = Record<string, unknown> & { data: Record<string, unknown> & { at: number } };
const altered = (line: string, alter: (event: Altered) => void): string => {
  const event = JSON.parse(line) as Altered;
  alter(event);
  return JSON.stringify(event);
};
const withLine = (index: number, line: string): readonly string[] =>
  SENT.map((one, at) => (at === index ? line : one));

describe('the events a receiver was sent', () => {
  it('are whole when each is there and follows from the one before', () => {
    const { chains, problem } = verifyEvents(SENT);
    expect([problem, chains.map(({ hashes }) => hashes.length)]).toEqual([null, [LAST]]);
    expect(LAST).toBeGreaterThan(4);
    expect(verificationText({ chains, problem })).toBe(
      `${SOURCE}: events 1 to ${LAST} are whole, 0 came more than once, the last is ${String(LAST_ENTRY.type)} with hash ${LAST_ENTRY.hash}\n`,
    );
  });

  it('are whole when some came again, also from the first on, and several cutovers are mixed', () => {
    const mixed = [...SENT.slice(0, 3), OTHER[0]!, '', ...SENT.slice(1), ...OTHER.slice(1), ...SENT];
    const { chains, problem } = verifyEvents(mixed);
    expect(problem).toBeNull();
    expect(chains.map(({ hashes, repeats }) => [hashes.length, repeats])).toEqual([
      [LAST, 2 + LAST],
      [OTHER.length, 0],
    ]);
  });

  it('are whole when keys come in another order and with white space', () => {
    const reordered = SENT.map((line) => {
      const event = JSON.parse(line) as Record<string, unknown>;
      return `  ${JSON.stringify(Object.fromEntries(Object.entries(event).reverse()))} `;
    });
    expect(verifyEvents(reordered).problem).toBeNull();
  });

  it.each<[string, readonly string[], string]>([
    ['the first one is missing', SENT.slice(1), `line 1: event 1 of ${SOURCE} is missing: event 2 comes`],
    ['one is missing', SENT.filter((_, at) => at !== 2), `line 3: event 3 of ${SOURCE} is missing: event 4`],
    [
      'two are swapped',
      [SENT[0]!, SENT[2]!, SENT[1]!, ...SENT.slice(3)],
      `line 2: event 2 of ${SOURCE} is missing: event 3`,
    ],
    [
      'a word of one is altered',
      withLine(
        3,
        altered(SENT[3]!, ({ data }) => (data.inputId = 'other')),
      ),
      `line 4: event 4 of ${SOURCE} is not what was sent: its hash`,
    ],
    [
      'the time of one is altered',
      withLine(
        1,
        altered(SENT[1]!, ({ data }) => (data.at += 1)),
      ),
      `line 2: event 2 of ${SOURCE} is not what was sent: its hash`,
    ],
    [
      'a field is added',
      withLine(
        1,
        altered(SENT[1]!, ({ data }) => (data.more = 1)),
      ),
      `line 2: event 2 of ${SOURCE} is not what was sent: its hash`,
    ],
    [
      'a hash is altered',
      withLine(
        2,
        altered(SENT[2]!, ({ data }) => (data.hash = '0'.repeat(64))),
      ),
      `line 3: event 3 of ${SOURCE} is not what was sent: its hash`,
    ],
    [
      'one that came again is of another cutover',
      [...SENT, altered(OTHER[1]!, (event) => (event.source = SOURCE))],
      `line ${LAST + 1}: event 2 of ${SOURCE} is not what was sent`,
    ],
    ['one is no JSON', withLine(1, '{'), 'line 2: is no event of a cutover'],
    ['one is something else', withLine(1, '{"id":"x"}'), 'line 2: is no event of a cutover'],
    ['there is none', ['', ' '], 'there is no event in the file'],
  ])('are refused, naming the place, when %s', (_, lines, problem) => {
    expect(verifyEvents(lines).problem).toContain(problem);
  });

  it.each(['id', 'type', 'time', 'sequence', 'subject', 'previoushash'])(
    'are refused when an envelope has another %s than its entry',
    (name) => {
      const line = altered(SENT[2]!, (event) => (event[name] = 'other'));
      expect(verifyEvents(withLine(2, line)).problem).toBe(
        `line 3: event 3 of ${SOURCE} is not what was sent: its ${name} is another`,
      );
    },
  );

  it('tells what is whole before the first that is wrong', () => {
    const { chains } = verifyEvents(SENT.filter((_, at) => at !== 3));
    expect(chains.map(({ hashes }) => hashes.length)).toEqual([3]);
  });
});
