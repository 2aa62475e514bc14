import { describe, expect, it } from 'vitest';
import { statusPage } from '../../../shared/view/page.ts';
import { statusOf } from '../../../shared/view/status.ts';
import type { What } from '../../support/sample-inputs.ts';
import { attempt, DBA, failed, hold, MANAGER, notYet, skip } from '../../support/sample-inputs.ts';
import { chain, HOUR, planOf, step } from '../../support/sample-plan.ts';
import { given, pass, type Moment } from '../../support/specification.ts';

const A = attempt('a');
const FAILED: readonly Moment[] = [A.asksWorld(), A.isJudged(failed())];

const shownAfter = (dataGate: boolean, last: What, ...moments: readonly Moment[]) => {
  const plan = planOf(chain(step('a', { dataGate }), step('b', { phase: 2 })));
  const { after } = given(plan, ...moments).when(last);
  const status = statusOf(plan, after!);
  const page = statusPage(status);
  const row = page.split('<tr>').find((line) => line.includes('>a</span>'));
  const phase = /1\. Prerequisites <span class="tag (.*?)<\/span>/.exec(page)?.[1];
  const shown = status.phases.flatMap(({ steps }) => steps).find(({ id }) => id === 'a');
  return { step: shown!, row: row!, phase: phase! };
};

describe('a failed data gate that two people skipped', () => {
  const shown = () =>
    shownAfter(true, skip('a', DBA, 'counted <by hand>'), ...FAILED, skip('a', MANAGER, 'no time'));

  it('stays red on the page, and shows both people with their reasons', () => {
    const { row } = shown();
    expect(row).toContain('class="tag unproved">skipped<');
    expect(row).toContain('not proved, skipped by Mona: no time; and Dirk: counted &lt;by hand&gt;');
  });

  it('shows why it failed as history, and no more what was to be done about it', () => {
    const { row } = shown();
    expect(row).toContain('Before that it failed: C604 it runs');
    expect(row).not.toContain('stop it');
  });

  it('keeps its phase red as well, which is done otherwise', () => {
    expect(shown().phase).toBe('unproved">done, not proved');
    expect(shownAfter(false, skip('a'), ...FAILED).phase).toBe('done">done');
  });

  it('names both with their reasons in the status', () => {
    const { waiver, error } = shown().step;
    expect(waiver).toMatchObject({
      by: 'Mona',
      reason: 'no time',
      second: 'Dirk',
      secondReason: 'counted <by hand>',
    });
    expect(error).toMatchObject({ code: 'C604' });
  });
});

describe('a data gate that one person wants to skip', () => {
  const WISH = 'Mona asks to skip it without its proof: no &lt;time&gt;; it takes a second person';
  const skips = skip('a', MANAGER, 'no <time>');

  it('shows who and why, beside what is known of it', () => {
    expect(shownAfter(true, skips).row).toContain(`<td>${WISH}</td>`);
    expect(shownAfter(true, skips, ...FAILED).row).toContain(`<td>${WISH}. it runs stop it</td>`);
  });

  it.each<[string, readonly Moment[], What]>([
    ['an hour later', [skips, pass(HOUR + 1)], hold()],
    ['when the gate lacks something else', [A.asksWorld(), skips], A.isJudged(notYet('pending 7'))],
  ])('shows it no more %s', (_, moments, last) => {
    const { row, step: gate } = shownAfter(true, last, ...moments);
    expect(row).not.toContain('asks to skip it');
    expect(gate.skipProposal).toBe(null);
  });
});

describe('a failed step', () => {
  it('shows its error and what to do', () => {
    expect(shownAfter(false, skip('b'), ...FAILED).row).toMatch(
      /class="tag failed">failed<.*it runs stop it/,
    );
  });

  it('that one person skipped is grey, with the name and the reason', () => {
    const { row, step: skipped } = shownAfter(false, skip('a', MANAGER, 'not needed'), ...FAILED);
    expect(row).toMatch(
      /class="tag skipped">skipped<.*skipped by Mona: not needed\. Before that it failed: C604/,
    );
    expect(skipped.waiver).toMatchObject({ second: null, secondReason: null });
  });
});

describe('what is left out of the scope', () => {
  const plan = planOf([step('a')]);
  const { after } = given(plan).when(A.asksPerson());
  const entry = { reason: 'only <logs>', owner: 'Dina', expiresAt: '2026-12-01T00:00:00.000Z' };

  it('stands on the page with its reason, its owner and until when, also when it has expired', () => {
    const ignored = [
      { table: 'AIFLOG', ...entry, expired: false },
      { table: 'BATCHHISTORY', ...entry, expired: true },
    ];
    const page = statusPage(statusOf(plan, after!, null, ignored));
    const rows = page.split('<tr>').filter((line) => line.includes('Dina'));
    expect(rows).toHaveLength(2);
    expect(rows[0]).toContain('only &lt;logs&gt;');
    expect(rows[0]).not.toContain('expired');
    expect(rows[1]).toContain('expired: renew or drop it');
  });

  it('is no heading where nothing is left out', () => {
    expect(statusPage(statusOf(plan, after!))).not.toContain('Ignored tables');
  });
});
