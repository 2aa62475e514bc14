import { expect, it } from 'vitest';
import { PHASES } from '../../../shared/core/plan.ts';

it('the phases are the ten of the article, each once, from prerequisites to opening', () => {
  expect(new Set(PHASES).size).toBe(10);
  expect([PHASES[0], PHASES[3], PHASES[6], PHASES[9]]).toEqual([
    'Prerequisites',
    'AX off',
    'Data upgrade',
    'Open',
  ]);
});
