import { describe, expect, it } from 'vitest';
import { stepsInReport } from '../../../shared/contract/upgrade-report.ts';

describe('a line of the report ds', () => {
  it.each([
    ['PreSync   Completed', [{ name: 'PreSync', status: 'Completed' }]],
    [
      'DbSync-SyncSchema | FullTableSync | In Progress',
      [{ name: 'DbSync-SyncSchema / FullTableSync', status: 'In Progress' }],
    ],
    [
      '12:01 FinalDbSync-SyncSchema: DisableDataUpgradeFlag - InProgress',
      [{ name: 'FinalDbSync-SyncSchema / DisableDataUpgradeFlag', status: 'InProgress' }],
    ],
    ['PreReqs-AdditiveDbSync\tFailed', [{ name: 'PreReqs-AdditiveDbSync', status: 'Failed' }]],
    ['PostSync  Not Started', [{ name: 'PostSync', status: 'Not Started' }]],
    ['PostSync  Paused', [{ name: 'PostSync', status: '' }]],
    ['PostSync  Completed, then Failed', [{ name: 'PostSync', status: '' }]],
    ['PostSync  NotCompleted', [{ name: 'PostSync', status: '' }]],
    ['PreSyncing  Completed', []],
    ['AX 2012 upgrade topology (LCS) status: Failed', []],
    ['', []],
  ])('%s', (line, steps) => {
    expect(stepsInReport(line)).toEqual(steps);
  });

  it('stands for one step each, in their order', () => {
    expect(stepsInReport('PreSync Completed\r\nnothing\r\nPostSync Failed').map(({ name }) => name)).toEqual([
      'PreSync',
      'PostSync',
    ]);
  });
});
