import { describe, expect, it } from 'vitest';
import type { ShownEvent } from '../../../local/api.ts';
import { conditionsMet, verdictsMet } from '../../../local/summary.ts';

const lacks = (code: string, message = code) => ({ code, message, who: 'DBA', next: 'Mend it.', since: 1 });
const event = (body: object): ShownEvent => body as ShownEvent;

describe('what was met on the way', () => {
  it('has every unmet condition once, as it was told first, with the steps that lacked it', () => {
    const events = [
      event({ type: 'cutover-started' }),
      event({ type: 'replication-changed', unmet: [lacks('agent:A', 'it stopped'), lacks('disk:D')] }),
      event({ type: 'step-checked', stepId: 'gate', unmet: [lacks('agent:A', 'it stopped again')] }),
      event({ type: 'replication-changed', unmet: [] }),
      event({ type: 'step-checked', stepId: 'count', unmet: [lacks('source-moves'), lacks('agent:A')] }),
      event({ type: 'step-checked', stepId: 'count', unmet: [lacks('source-moves')] }),
    ];
    expect(conditionsMet(events)).toEqual([
      { code: 'agent:A', message: 'it stopped', who: 'DBA', steps: ['gate', 'count'] },
      { code: 'disk:D', message: 'disk:D', who: 'DBA', steps: [] },
      { code: 'source-moves', message: 'source-moves', who: 'DBA', steps: ['count'] },
    ]);
  });

  it('has every verdict that any look gave, the worst first', () => {
    expect(verdictsMet([{ equal: 3, suspect: 1, stalled: 0 }, { equal: 4 }, { surplus: 1 }])).toEqual([
      'surplus',
      'suspect',
      'equal',
    ]);
    expect(verdictsMet([])).toEqual([]);
  });
});
