import type { Answer, Draft } from './draft.ts';
import { applied, refused } from './draft.ts';
import type { InputOf } from './inputs.ts';

/** Notes who had the difference of a table narrowed down, and how much was found. */
export const decideDrillDown = (draft: Draft, { found, by }: InputOf<'drill-down'>): Answer => {
  if ('code' in found) return { ...refused(found.code, ''), message: found.message };
  draft.emit({ type: 'table-drilled', found, by });
  const { table, hash, missing, surplus, open } = found;
  const told = `${missing} row(s) missing at the target, ${surplus} too many, ${open} range(s) left open`;
  return applied(`${table}: ${told}`, { hash, missing, surplus, open });
};
