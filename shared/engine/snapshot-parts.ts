import type { TableCount } from '../core/counts.ts';
import type { Json } from '../core/json.ts';
import type { PublicationClass } from '../core/replication.ts';

/** So many tables make one part of names and one of counts: far below what a transaction takes, whatever their names. */
export const PART_TABLES = 10_000;

const CLASS_LETTERS = {
  keyed: 'k',
  'other-objects': 'o',
  'non-keyed': 'n',
  locked: 'l',
  special: 's',
} as const satisfies Record<PublicationClass, string>;
const CLASS_OF = new Map<string, PublicationClass>(
  Object.entries(CLASS_LETTERS).map(([name, letter]) => [letter, name as PublicationClass]),
);
const SIDE_LETTERS = { source: 's', target: 't', both: 'b' } as const;
const SIDE_OF = new Map<string, keyof typeof SIDE_LETTERS>(
  Object.entries(SIDE_LETTERS).map(([name, letter]) => [letter, name as keyof typeof SIDE_LETTERS]),
);
/** Stands for a table of which nothing was read. */
const NONE = '-';

/** What changes only with the scope: the names, and where they were read the classes, a letter a table. */
type NamesPart = readonly string[] | { readonly names: readonly string[]; readonly classes: string };

/** What changes with every snapshot, in columns: neighbours of a kind compress well. */
type CountsColumns = {
  readonly source: readonly (number | null)[];
  /** Rows the target lacks, where both sides have a number. */
  readonly lacking: readonly (number | null)[];
  /** Rows of tables that are at the target only, by their place. */
  readonly targetOnly?: Readonly<Record<string, number>>;
  readonly unreadable?: string;
  /** Milliseconds before the time of the snapshot. */
  readonly earlierMs?: readonly (number | null)[];
};

/** Snapshots of the first version hold their counts in pairs. */
type CountsPart = CountsColumns | readonly (readonly [number | null, number | null])[];

/** The part of a snapshot that other snapshots of the same tables share. */
export const namesPartOf = (tables: readonly TableCount[]): Json & NamesPart => {
  const names = tables.map(({ table }) => table);
  if (tables.every((table) => table.class === undefined)) return names;
  const letters = tables.map((table) => (table.class === undefined ? NONE : CLASS_LETTERS[table.class]));
  return { names, classes: letters.join('') };
};

/** The counts of a part, without the names. */
export const countsPartOf = (tables: readonly TableCount[], takenAt: number): Json & CountsColumns => {
  const targetOnly = Object.fromEntries(
    tables.flatMap(({ source, target }, place) =>
      source === null && target !== null ? [[String(place), target]] : [],
    ),
  );
  const unread = tables.map(({ unreadable }) => (unreadable === undefined ? NONE : SIDE_LETTERS[unreadable]));
  const earlier = tables.map(({ countedAt }) => (countedAt === undefined ? null : takenAt - countedAt));
  return {
    source: tables.map(({ source }) => source),
    lacking: tables.map(({ source, target }) =>
      source === null || target === null ? null : source - target,
    ),
    ...(Object.keys(targetOnly).length === 0 ? {} : { targetOnly }),
    ...(unread.every((letter) => letter === NONE) ? {} : { unreadable: unread.join('') }),
    ...(earlier.every((ms) => ms === null) ? {} : { earlierMs: earlier }),
  };
};

const isPairs = (part: CountsPart): part is readonly (readonly [number | null, number | null])[] =>
  Array.isArray(part);
const isNames = (part: NamesPart): part is readonly string[] => Array.isArray(part);

/** The tables of a part as they were: names and counts as they were read from the storage. */
export const tablesOfPart = (
  namesPart: unknown,
  countsPart: unknown,
  takenAt: number,
): readonly TableCount[] => {
  const [named, counts] = [namesPart as NamesPart, countsPart as CountsPart];
  const names = isNames(named) ? named : named.names;
  const classes = isNames(named) ? '' : named.classes;
  if (isPairs(counts)) {
    return names.map((table, place) => {
      const [source = null, target = null] = counts[place] ?? [];
      return { table, source, target };
    });
  }
  const { source: sources, lacking, targetOnly = {}, unreadable = '', earlierMs = [] } = counts;
  return names.map((table, place) => {
    const source = sources[place] ?? null;
    const lacks = lacking[place] ?? null;
    const side = SIDE_OF.get(unreadable.charAt(place));
    const earlier = earlierMs[place] ?? null;
    const own = CLASS_OF.get(classes.charAt(place));
    return {
      table,
      source,
      target: source === null || lacks === null ? (targetOnly[String(place)] ?? null) : source - lacks,
      ...(side === undefined ? {} : { unreadable: side }),
      ...(earlier === null ? {} : { countedAt: takenAt - earlier }),
      ...(own === undefined ? {} : { class: own }),
    };
  });
};

/** The tables in parts of at most so many. */
export const partsOf = (tables: readonly TableCount[]): readonly (readonly TableCount[])[] =>
  Array.from({ length: Math.max(1, Math.ceil(tables.length / PART_TABLES)) }, (_, n) =>
    tables.slice(n * PART_TABLES, (n + 1) * PART_TABLES),
  );
