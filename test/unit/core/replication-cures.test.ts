import { describe, expect, it } from 'vitest';
import { cureOf } from '../../../shared/core/replication-cures.ts';
import { unmetFor } from '../../../shared/core/replication-conditions.ts';
import { withoutValues } from '../../../shared/kinds/without-values.ts';
import { drainedPublication, idleAgent, readingAt } from '../../support/sample-reading.ts';
import { attempt, DBA } from '../../support/sample-inputs.ts';
import { planOf, step } from '../../support/sample-plan.ts';
import { playOut } from '../../support/specification.ts';

const NOW = Date.UTC(2031, 4, 3, 1, 0);

/** One error for each scenario of "Troubleshoot data upgrade in self-service environments" that leaves words to know it by. */
const SCENARIOS = [
  {
    scenario: 'the database has no owner (15517)',
    error:
      'MSSQL_REPL20011 The process could not execute \'sp_replcmds\'. Cannot execute as the database principal because the principal "dbo" does not exist, this type of principal cannot be impersonated.',
    cure: 'sp_changedbowner',
  },
  {
    scenario: 'the number alone',
    error: '15517 The process could not execute sp_replcmds.',
    cure: 'sp_changedbowner',
  },
  {
    scenario: 'a text that is too long',
    error: '7139 Length of LOB data (86474) to be replicated exceeds configured maximum 65536.',
    cure: 'max text repl size',
  },
  {
    scenario: 'objects that cannot be listed',
    error: 'Microsoft.SqlServer.Management.Smo PrefetchObjects failed for Database.',
    cure: 'Generate Snapshot',
  },
  {
    scenario: 'a snapshot that is waited for',
    error: 'AX_PUB_PkTable_1: Waiting for snapshot to complete',
    cure: 'Reinitialize Subscription',
  },
  {
    scenario: 'a target whose firewall refuses',
    error:
      "40615 Cannot open server 'x' requested by the login. Client with IP address '192.0.2.1' is not allowed to access the server.",
    cure: 'toolkit entry 1',
  },
  {
    scenario: 'a subscriber that cannot be connected to',
    error: 'MSSQL_REPL20084 The process could not connect to Subscriber.',
    cure: 'toolkit entry 1',
  },
  {
    scenario: 'a toolkit that cannot connect',
    error: 'Connectivity to the target database failed',
    cure: 'toolkit entry 1',
  },
  {
    scenario: 'a toolkit that asks for the ids again',
    error: 'It asks for the project id and environment id again',
    cure: 'ProjectOwner',
  },
] as const;

/** Errors for which no cure is documented. */
const UNKNOWN = [
  '20598 The row was not found at the Subscriber when applying the replicated command.',
  'Query timeout expired',
  'The process could not bulk copy out of table.',
  'A snapshot of 65536 article(s) was generated.',
  '155170 something else',
  '',
] as const;

describe('the cure of an error of replication', () => {
  it.each(SCENARIOS)('is the documented one for $scenario', ({ error, cure }) => {
    expect(cureOf(withoutValues(error))).toContain(cure);
  });

  it.each(UNKNOWN)('is none for "%s"', (error) => {
    expect(cureOf(error)).toBeNull();
  });

  it.each(SCENARIOS)('is what to do next about the failed agent: $scenario', ({ error, cure }) => {
    const agents = [
      idleAgent('distribution', NOW),
      idleAgent('log-reader', NOW, { runStatus: 6, error: withoutValues(error) }),
    ];
    const [condition] = unmetFor(readingAt(NOW, { publications: [drainedPublication(NOW, { agents })] }), {
      goal: 'caught-up',
      classes: ['keyed'],
      tracerAfter: null,
    });
    expect(condition).toMatchObject({
      code: 'agent:AX_PUB_PkTable_1:log-reader',
      next: expect.stringContaining(cure) as string,
    });
  });

  it.each([
    { what: 'in the comment of a failed agent', changes: { runStatus: 6, comment: '15517' } as const },
    { what: 'in an error that the agent goes on after', changes: { error: '15517' } },
  ])('is told $what', ({ changes }) => {
    const agents = [idleAgent('distribution', NOW), idleAgent('log-reader', NOW, changes)];
    const [condition] = unmetFor(readingAt(NOW, { publications: [drainedPublication(NOW, { agents })] }), {
      goal: 'caught-up',
      classes: ['keyed'],
      tracerAfter: null,
    });
    expect(condition?.next).toContain('sp_changedbowner');
  });
});

describe('a step of the toolkit that is reported as failed', () => {
  const A = attempt('a');
  const failedWith = (note: string): string | undefined => {
    const { state } = playOut(planOf([step('a')]), [[A.asksPerson()], [A.isReported('fail', DBA, note)]]);
    return state.steps.a?.error?.next;
  };

  it('says the documented cure of what was reported', () => {
    expect(failedWith('PrefetchObjects failed for Database')).toContain('Generate Snapshot');
  });

  it('says what is said of any failure where none is documented', () => {
    expect(failedWith('the console closed')).toBe('Read the note, mend the cause, then retry the step.');
  });
});
