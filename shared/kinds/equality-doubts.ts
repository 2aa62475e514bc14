import type { TableCount } from '../core/counts.ts';
import type { EqualityDoubt } from '../core/doubtful-equality.ts';
import { equalityDoubt, rehearsedRows } from '../core/doubtful-equality.ts';
import type { Unmet } from '../core/replication-agents.ts';
import { lookOf } from '../core/table-look.ts';
import { inList } from '../core/table-name.ts';
import type { StepContext } from './kind.ts';
import { listed } from './verdicts.ts';

const SHOWN = 20;

type Doubt = EqualityDoubt & { readonly table: string };

/** Tables that are equal and yet cannot be right by the rehearsal, and who answers for which of them. */
export type Doubts = {
  /** The mock cutover they are held against, and how many tables it has counted; null where none is bound. */
  readonly rehearsal: { readonly id: string; readonly tables: number } | null;
  readonly open: { readonly total: number; readonly first: readonly Doubt[] };
  readonly waived: readonly (Doubt & { readonly by: string; readonly why: string })[];
};

/** Before anything is counted, or where no rehearsal is bound. */
export const NO_DOUBTS: Doubts = { rehearsal: null, open: { total: 0, first: [] }, waived: [] };

/**
 * What speaks against tables that are equal (A4). A doubt is waived by the newest statement about the step that names
 * the table and was given after it was counted, so that nobody waives what they could not see.
 */
export const doubtsOf = async (
  { ports, bindings, given, now }: StepContext<unknown>,
  tables: readonly TableCount[],
): Promise<Doubts> => {
  const id = bindings.rehearsal;
  if (id === undefined) return NO_DOUBTS;
  const [comparisons, statement] = await Promise.all([ports.snapshots.comparisons(id), given('statement')]);
  const rehearsed = rehearsedRows(comparisons);
  const waiving = inList(statement?.document.waives ?? [], ({ table }) => table);
  const open: Doubt[] = [];
  const waived: Doubts['waived'][number][] = [];
  for (const count of tables) {
    const { table, countedAt = now } = count;
    const found = equalityDoubt(lookOf({ takenAt: now, method: 'exact' }, count), rehearsed(table));
    if (found === null) continue;
    const waiver = statement !== null && statement.upload.at >= countedAt ? waiving(table) : null;
    if (statement === null || waiver === null) open.push({ ...found, table });
    else waived.push({ ...found, table, by: statement.upload.by.name, why: waiver.reason });
  }
  return {
    rehearsal: { id, tables: comparisons.reduce((sum, snapshot) => sum + snapshot.tables.length, 0) },
    open: { total: open.length, first: open.slice(0, SHOWN) },
    waived,
  };
};

/** What keeps equal counts from being a proof; empty where nothing does. */
export const openDoubts = ({ rehearsal, open }: Doubts, stepId: string): readonly Unmet[] => {
  if (rehearsal?.tables === 0) {
    return [
      {
        code: 'rehearsal-missing',
        message: `The rehearsal ${rehearsal.id} has no exact comparison, so nothing can be held against it`,
        who: 'cutover manager',
        next: 'Propose bindings that name the mock cutover that was counted, or none.',
      },
    ];
  }
  if (open.total === 0) return [];
  const named = open.first.map(({ table, reason }) => `${table} (${reason})`);
  return [
    {
      code: 'equal-but-doubtful',
      message: `${open.total} table(s) are equal, and yet hardly right: ${listed(named, 5)}`,
      who: 'DBA',
      next: `Look at them at the source. Who answers for a table gives a statement about ${stepId} that waives it with the reason (uploads).`,
    },
  ];
};

/** Says at the gate who waived what. */
export const waivedDoubts = ({ waived }: Doubts): string => {
  if (waived.length === 0) return '';
  const people = [...new Set(waived.map(({ by }) => by))];
  return `; ${waived.length} doubtful, for which ${people.join(', ')} answers`;
};
