import type { TableCount } from '../core/counts.ts';
import { ignoring } from '../core/ignored.ts';
import { countedByWitness } from '../core/witness.ts';
import type { ExactCounts } from './exact-snapshot.ts';
import { NOTHING_COUNTED, storedCounts } from './exact-snapshot.ts';
import type { StepContext } from './kind.ts';
import { tableListsOf } from './table-lists.ts';
import type { ToolkitCounts, Witness } from './toolkit-witness.ts';
import { witnessOf } from './toolkit-witness.ts';

/** What the toolkit counted in the place of the app; nothing where nobody has uploaded it. */
export type CountedByToolkit = {
  readonly body: ExactCounts;
  readonly witness: Witness | null;
  readonly tables: readonly TableCount[] | null;
};

/**
 * The toolkit's counts in the place of our own, where nothing may be counted: of all tables it names, as no class can be
 * read, without those that the list of ignored tables leaves out.
 */
export const countedByToolkit = async (
  context: StepContext<unknown>,
  toolkit: ToolkitCounts | null,
  sides: 'source' | 'both',
): Promise<CountedByToolkit> => {
  const { planned, step, now, given } = context;
  if (toolkit === null) return { body: NOTHING_COUNTED, witness: null, tables: null };
  const lists = await tableListsOf(given);
  const ignoredBy = ignoring(lists.ignored, now);
  const inScope = toolkit.counts.filter(({ table }) => ignoredBy(table) === null);
  const counted: readonly TableCount[] =
    sides === 'both'
      ? countedByWitness(inScope)
      : inScope.map(({ table, source }) => ({
          table,
          source,
          target: null,
          ...(source === null ? { unreadable: 'source' } : {}),
        }));
  const tables = counted.map((count) => ({ ...count, countedAt: toolkit.takenAt }));
  const ignored = [...new Set(toolkit.counts.flatMap(({ table }) => ignoredBy(table) ?? []))];
  const id = `${planned.id}-${step.attempt}`;
  const snapshot = { source: 'file', takenAt: toolkit.takenAt, id, tables, ignored } as const;
  const body = await storedCounts(context, snapshot, sides);
  return { body, witness: witnessOf(toolkit, 'first', tables), tables };
};
