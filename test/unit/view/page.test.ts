import { describe, expect, it } from 'vitest';
import { statusPage } from '../../../shared/view/page.ts';
import { statusOf } from '../../../shared/view/status.ts';
import { attempt, DBA, failed, MANAGER, skip } from '../../support/sample-inputs.ts';
import { chain, planOf, step } from '../../support/sample-plan.ts';
import { given, type Moment } from '../../support/specification.ts';

const A = attempt('a');
const FAILED: readonly Moment[] = [A.asksWorld(), A.isJudged(failed())];

const shownAfter = (dataGate: boolean, last: ReturnType<typeof skip>, ...moments: readonly Moment[]) => {
  const plan = planOf(chain(step('a', { dataGate }), step('b')));
  const { after } = given(plan, ...moments).when(last);
  const status = statusOf(plan, after!);
  const row = statusPage(status)
    .split('<tr>')
    .find((line) => line.includes('>a</span>'));
  return { step: status.phases.flatMap(({ steps }) => steps).find(({ id }) => id === 'a')!, row: row! };
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
