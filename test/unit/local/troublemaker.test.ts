import { describe, expect, it } from 'vitest';
import { makeTroublemaker } from '../../../local/troublemaker.ts';
import type { ScenarioName } from '../../../local/scenarios.ts';
import { isTroubled } from '../../../local/world/troubles.ts';
import type { StatusView } from '../../../shared/contract/status.ts';
import { makeTestWorld, MINUTE } from '../../support/test-world.ts';

/** A cutover of two steps, and what it and its replication lack. */
const statusWith = (
  succeeded: readonly string[],
  lacking: { readonly replication?: readonly string[]; readonly step?: readonly string[] } = {},
): StatusView =>
  ({
    replication: lacking.replication && { unmet: lacking.replication.map((code) => ({ code })) },
    phases: [
      {
        steps: ['replication-caught-up', 'stop-aos'].map((id) => ({
          id,
          status: succeeded.includes(id) ? 'succeeded' : 'waiting',
          unmet: (lacking.step ?? []).map((code) => ({ code })),
        })),
      },
    ],
  }) as unknown as StatusView;

const disturbing = (scenario: ScenarioName) => {
  const { world, clock } = makeTestWorld();
  return {
    clock,
    look: makeTroublemaker(world, scenario),
    lasts: () => isTroubled(world.scene(), scenario, clock.now()),
    events: () => world.scene().history.length,
  };
};

describe('the trouble of a scenario', () => {
  it('begins once its step has succeeded, and not before', () => {
    const { look, lasts } = disturbing('target-access-lapses');
    look(statusWith([]));
    expect(lasts()).toBe(false);
    look(statusWith(['replication-caught-up']));
    expect(lasts()).toBe(true);
  });

  it.each([
    ['of replication', 'target-access-lapses', 'replication', 'access-target:table-estimates-target'],
    ['of a step', 'writer-forgotten', 'step', 'source-moves'],
  ] as const)(
    'is mended half an hour after the app has told of it %s, once, and never before',
    (_, name, where, code) => {
      const { look, lasts, clock, events } = disturbing(name);
      const passed = ['replication-caught-up', 'stop-aos'];
      look(statusWith(passed));
      clock.advance(300 * MINUTE);
      look(statusWith(passed, { replication: ['pending:AX'], step: ['counting'] }));
      expect(lasts()).toBe(true);
      look(statusWith(passed, { [where]: [code] }));
      clock.advance(29 * MINUTE);
      look(statusWith(passed));
      expect(lasts()).toBe(true);
      clock.advance(MINUTE);
      look(statusWith(passed));
      expect(lasts()).toBe(false);
      look(statusWith(passed, { [where]: [code] }));
      expect(events()).toBe(2);
    },
  );

  it('stays where nobody mends it', () => {
    const { look, lasts, clock } = disturbing('rows-doubled');
    look(statusWith(['stop-aos'], { step: ['anything'] }));
    clock.advance(300 * MINUTE);
    look(statusWith(['stop-aos'], { step: ['anything'] }));
    expect(lasts()).toBe(true);
  });
});
