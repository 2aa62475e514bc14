import type { PropertyValue, Row, TableName, Tables } from '../../shared/engine/ports.ts';
import type { Asked } from './stage.ts';

/** Stored rows as a golden file holds them, when they were recorded, and what had been asked until then. */
export type RowFile = {
  /** The cutover's time, epoch milliseconds. */
  readonly now: number;
  readonly asked: readonly Asked[];
  readonly rows: readonly StoredRow[];
};

/** One stored row: table, partition, row key, properties. */
export type StoredRow = readonly [
  table: TableName,
  partition: string,
  row: string,
  properties: Row['properties'],
];

type Written = string | number | boolean | { readonly base64: string };

const written = (value: PropertyValue): Written =>
  typeof value === 'object' ? { base64: Buffer.from(value).toString('base64') } : value;

const read = (value: Written): PropertyValue =>
  typeof value === 'object' ? Uint8Array.from(Buffer.from(value.base64, 'base64')) : value;

const each = <From, To>(properties: Readonly<Record<string, From>>, to: (value: From) => To) =>
  Object.fromEntries(Object.entries(properties).map(([name, value]) => [name, to(value)]));

/** Tables that remember where something was written, so that all of it can be found again. */
export const makeSurveyedTables = (tables: Tables) => {
  const places = new Map<string, readonly [TableName, string]>();
  return {
    tables: {
      ...tables,
      transact: async (table, partition, writes) => {
        places.set(`${table} ${partition}`, [table, partition]);
        await tables.transact(table, partition, writes);
      },
    } satisfies Tables,
    /** Every row there is, in order. */
    rows: async (): Promise<readonly StoredRow[]> => {
      const sorted = [...places].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, place]) => place);
      const found = await Promise.all(
        sorted.map(async ([table, partition]) =>
          (await tables.range(table, partition, '', '~')).map(({ row, properties }): StoredRow => [
            table,
            partition,
            row,
            properties,
          ]),
        ),
      );
      return found.flat();
    },
  };
};

/** Puts stored rows where they were. */
export const restore = async (tables: Tables, rows: readonly StoredRow[]): Promise<void> => {
  for (const [table, partition, row, properties] of rows) {
    await tables.transact(table, partition, [{ op: 'insert', row, properties }]);
  }
};

/** The text of a golden file: one row a line, so that a difference can be read. */
export const toText = ({ now, asked, rows }: RowFile): string => {
  const lines = (items: readonly unknown[]) => items.map((item) => JSON.stringify(item)).join(',\n');
  const writtenRows = rows.map(([table, partition, row, properties]) => [
    table,
    partition,
    row,
    each(properties, written),
  ]);
  return `{"now":${now},\n"asked":[\n${lines(asked)}\n],\n"rows":[\n${lines(writtenRows)}\n]}\n`;
};

/** Reads a golden file. */
export const fromText = (text: string): RowFile => {
  const { now, asked, rows } = JSON.parse(text) as RowFile;
  const readRows = rows.map(([table, partition, row, properties]): StoredRow => [
    table,
    partition,
    row,
    each(properties as Readonly<Record<string, Written>>, read),
  ]);
  return { now, asked, rows: readRows };
};
