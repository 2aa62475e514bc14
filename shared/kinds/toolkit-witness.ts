import type { TableCount } from '../core/counts.ts';
import type { Unmet } from '../core/replication-agents.ts';
import type { Conflict } from '../core/witness.ts';
import { compareWitness } from '../core/witness.ts';
import type { StepContext } from './kind.ts';
import { listed } from './verdicts.ts';

const SHOWN = 20;

/** How many there are, and the first of them. */
type Some<Item> = { readonly total: number; readonly first: readonly Item[] };

const some = <Item>(items: readonly Item[]): Some<Item> => ({
  total: items.length,
  first: items.slice(0, SHOWN),
});

/** The counts of the toolkit that somebody uploaded, and who answers for them. */
export type ToolkitCounts = {
  readonly database: string;
  readonly takenAt: number;
  readonly by: string;
  readonly confirmedBy: string | null;
  readonly counts: readonly TableCount[];
};

/** What evidence keeps of them as a witness: the first where nothing may be counted, the second beside our own counts. */
export type Witness = Omit<ToolkitCounts, 'counts'> & {
  readonly as: 'first' | 'second';
  /** Tables that it counts on both sides, and that count. */
  readonly common: number;
  readonly conflicts: Some<Conflict>;
  readonly outdated: Some<string>;
  readonly unwitnessed: Some<string>;
};

/** The newest counts of the toolkit that somebody uploaded; null where nobody did. */
export const toolkitCounts = async ({
  given,
}: Pick<StepContext<unknown>, 'given'>): Promise<ToolkitCounts | null> => {
  const found = await given('toolkit-counts');
  if (found === null) return null;
  const { database, takenAt, counts } = found.document;
  const { by, confirmed } = found.upload;
  return {
    database,
    takenAt,
    by: by.name,
    confirmedBy: confirmed?.by.name ?? null,
    counts: counts.map(([table, source, target]) => ({ table, source, target })),
  };
};

/** The counts of the toolkit beside those of the tables that were counted, or in their place. */
export const witnessOf = (
  { counts, ...given }: ToolkitCounts,
  as: Witness['as'],
  own: readonly TableCount[],
): Witness => {
  const { common, conflicts, outdated, unwitnessed } = compareWitness(own, counts, given.takenAt);
  return {
    ...given,
    as,
    common,
    conflicts: some(conflicts),
    outdated: some(outdated),
    unwitnessed: some(unwitnessed),
  };
};

const few = (of: Some<string>): string => {
  const more = of.total - of.first.length;
  return `${listed(of.first, 5)}${more > 0 ? `, … (${of.total} in all)` : ''}`;
};

const RUN_AGAIN = 'Run the report dv of the toolkit again and upload its PostValidationInfo.csv.';

/** Where the witness is to have looked, and since when; `isRequired`: at every table. */
export type Wanted = {
  readonly database: string;
  readonly since: number;
  readonly isRequired: boolean;
};

const condition = (code: string, message: string, next: string, who = 'DBA'): Unmet => ({
  code,
  message,
  who,
  next,
});

/** What keeps the counts of the toolkit from being a witness at all; null where nothing does. */
const notUsable = (witness: Witness, { database, since }: Wanted): Unmet | null => {
  const of = `The toolkit's counts that ${witness.by} uploaded`;
  if (witness.database.toLowerCase() !== database.toLowerCase()) {
    const message = `${of} are of ${witness.database}, not of ${database}, and do not count`;
    return condition('witness-elsewhere', message, RUN_AGAIN);
  }
  if (witness.as === 'first' && witness.takenAt < since) {
    const message = `${of} are of ${new Date(witness.takenAt).toISOString()}, before this attempt began, and do not count`;
    return condition('witness-outdated', message, RUN_AGAIN);
  }
  return null;
};

/** What a witness, or the want of one, keeps from being proved; empty where it agrees, or nobody asks for it. */
export const lackOfWitness = (witness: Witness | null, wanted: Wanted): readonly Unmet[] => {
  if (witness === null) {
    if (!wanted.isRequired) return [];
    const message = "The toolkit's counts are to be a witness here, and nobody has uploaded them";
    return [condition('witness-missing', message, RUN_AGAIN)];
  }
  const unusable = notUsable(witness, wanted);
  if (unusable !== null) return [unusable];
  if (witness.as === 'first') {
    if (witness.confirmedBy !== null) return [];
    const message = `Nothing may be counted here, and the toolkit's counts that ${witness.by} uploaded wait for a second person to confirm them`;
    const next = 'A second person compares the upload with the file on the server and confirms it.';
    return [condition('witness-unconfirmed', message, next, 'anybody but who uploaded them')];
  }
  const { conflicts, outdated, unwitnessed } = witness;
  const unmet: Unmet[] = [];
  if (conflicts.total > 0) {
    const named = { ...conflicts, first: conflicts.first.map(({ table, reason }) => `${table} (${reason})`) };
    const message = `The toolkit counts ${conflicts.total} table(s) otherwise: ${few(named)}`;
    const next = `${RUN_AGAIN} If it still differs, find out which of the two counts is wrong: retry the step to count again.`;
    unmet.push(condition('witness-conflict', message, next));
  }
  if (outdated.total > 0) {
    const message = `The toolkit's counts of ${new Date(witness.takenAt).toISOString()} are older than those of ${outdated.total} table(s), and do not count there: ${few(outdated)}`;
    unmet.push(condition('witness-outdated', message, RUN_AGAIN));
  }
  if (wanted.isRequired && unwitnessed.total > 0) {
    const message = `The toolkit's counts lack ${unwitnessed.total} table(s): ${few(unwitnessed)}`;
    unmet.push(condition('witness-missing', message, RUN_AGAIN));
  }
  return unmet;
};

/** Says at the gate who else counted. */
export const alsoCounted = (witness: Witness | null): string => {
  if (witness === null) return '';
  if (witness.as === 'first')
    return `; counted by the toolkit alone, uploaded by ${witness.by} and confirmed by ${witness.confirmedBy ?? ''}`;
  return `; ${witness.common.toLocaleString('en-US')} of them counted by the toolkit as well`;
};
