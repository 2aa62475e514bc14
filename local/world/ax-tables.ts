import { chance, chanceBetween } from './chance.ts';

/** What decides when a table reaches the target; `ignored` ones never do, because they are not in the AOT. */
export type TableClass = 'keyed' | 'non-keyed' | 'locked' | 'special' | 'ignored';

/** One table of the AX 2012 business database. */
export type AxTable = {
  readonly name: string;
  readonly class: TableClass;
  /** Rows when the world begins. */
  readonly rows: number;
  /** Rows that AX adds in an hour of ordinary work. */
  readonly rowsPerHour: number;
  /** Updates that AX makes in an hour of ordinary work: they replicate but do not count. */
  readonly updatesPerHour: number;
};

/** How many tables of each class the source has. */
export type TableCensus = Readonly<Record<TableClass, number>>;

/** A database of an ordinary AX 2012 R3 size. */
export const DEFAULT_CENSUS: TableCensus = {
  keyed: 4_930,
  'non-keyed': 60,
  locked: 3,
  special: 2,
  ignored: 5,
};

/** The same with so many tables in all: most have a primary key, whatever the size. */
export const censusOf = (tables: number): TableCensus => {
  const { 'non-keyed': nonKeyed, locked, special, ignored } = DEFAULT_CENSUS;
  const rest = nonKeyed + locked + special + ignored;
  return { ...DEFAULT_CENSUS, keyed: tables - rest };
};

type Busy = { readonly rows: number; readonly rowsPerHour: number; readonly updatesPerHour: number };

const busy = (rows: number, rowsPerHour: number, updatesPerHour: number): Busy => ({
  rows,
  rowsPerHour,
  updatesPerHour,
});

/** The tables every AX database has: first in the list, so that small test worlds have them too. */
const KNOWN_KEYED: Readonly<Record<string, Busy>> = {
  GENERALJOURNALACCOUNTENTRY: busy(41_208_331, 5_400, 300),
  GENERALJOURNALENTRY: busy(14_022_718, 1_800, 120),
  CUSTTABLE: busy(48_211, 3, 260),
  CUSTTRANS: busy(6_702_114, 420, 380),
  CUSTTRANSOPEN: busy(38_906, 60, 240),
  VENDTABLE: busy(9_340, 1, 70),
  VENDTRANS: busy(2_104_877, 130, 160),
  VENDTRANSOPEN: busy(12_455, 25, 90),
  INVENTTABLE: busy(184_002, 2, 220),
  INVENTSUM: busy(3_911_640, 240, 9_800),
  INVENTDIM: busy(2_730_019, 190, 0),
  SALESTABLE: busy(2_871_553, 210, 1_900),
  SALESLINE: busy(9_644_208, 760, 5_200),
  PURCHTABLE: busy(612_440, 38, 400),
  PURCHLINE: busy(1_903_127, 130, 900),
  LEDGERJOURNALTRANS: busy(8_201_993, 640, 1_100),
  TAXTRANS: busy(11_930_406, 1_020, 40),
  BANKACCOUNTTRANS: busy(402_118, 22, 30),
  ASSETTRANS: busy(731_540, 14, 10),
  SMMACTIVITIES: busy(1_204_116, 90, 210),
  DIRPARTYTABLE: busy(220_871, 6, 130),
  LOGISTICSPOSTALADDRESS: busy(301_455, 8, 60),
  USERINFO: busy(640, 0, 30),
  NUMBERSEQUENCETABLE: busy(2_914, 0, 14_000),
};
const KNOWN_SPECIAL: Readonly<Record<string, Busy>> = {
  INVENTTRANS: busy(62_884_190, 4_100, 6_300),
  INVENTTRANSPOSTING: busy(51_370_226, 3_300, 0),
};
const KNOWN_LOCKED: Readonly<Record<string, Busy>> = {
  BATCHJOBHISTORY: busy(902_377, 0, 0),
  SYSLASTVALUE: busy(411_093, 0, 0),
  EVENTCUD: busy(56_201, 0, 0),
};

const MODULES = (
  'CUST VEND INVENT SALES PURCH LEDGER TAX BANK ASSET PROJ PROD BOM ROUTE WHS TMS REQ HCM PAYROLL BUDGET COST RETAIL ' +
  'SMM DIR LOGISTICS ECO SYS BATCH WORKFLOW AIF DMF DOCU MARKUP PRICE PDS PMF KANBAN JMG TRV SRS SRV QUALITY RASSET ' +
  'RTAX FISCAL CATALOG CATEGORY CASE COLLABORATION CONSOLIDATE CREDIT CURRENCY DIMENSION EXCHANGE FREIGHT INTERCOMPANY ' +
  'LEAN NUMBERSEQUENCE OM PAYM RELEASE SUPPLY TRADE UNIT UTIL VAT VEHICLE WAREHOUSE WEB XREF'
).split(' ');
const NOUNS = (
  'TABLE TRANS LINE HEADER GROUP PARAMETERS SETUP JOURNAL JOUR POSTING SETTLEMENT HISTORY STATUS LOG TYPE CODE PROFILE ' +
  'RULE POLICY RELATION LINK MAP MAPPING DETAIL SUMMARY BALANCE SCHEDULE CALENDAR PERIOD VERSION DRAFT ARCHIVE QUEUE ' +
  'STAGING TMPDATA DISTRIBUTION ALLOCATION FORECAST PLAN ORDER INVOICE PACKINGSLIP RECEIPT PAYMENT CHARGE DISCOUNT ' +
  'AGREEMENT CONTRACT CLASSIFICATION ATTRIBUTE VALUE TRANSLATION LANGUAGE ADDRESS CONTACT ROLE TEAM USER WORKER ' +
  'POSITION TASK ACTIVITY NOTE ATTACHMENT TEMPLATE LAYOUT QUERY FILTER LOOKUP INDEX COUNTER LIMIT TOLERANCE COUNTRY ' +
  'REGION SITE LOCATION BIN CONTAINER LOAD WAVE'
).split(' ');
const SUFFIXES = ['', '_RU', '_IN', '_BR', 'EXT', 'JP', '_W', '2'];

/** The table of the fault `giant-table`, and its rows. */
const GIANT = { name: 'TAXTRANS', rows: 2_000_000_000 };

/** The tables with a giant one among them. */
export const withGiant = (tables: readonly AxTable[]): readonly AxTable[] =>
  tables.map((table) => (table.name === GIANT.name ? { ...table, rows: GIANT.rows } : table));

/** Names that look like those of AX, no two alike. */
const inventedNames = (count: number, seed: number, taken: ReadonlySet<string>): readonly string[] => {
  const names = MODULES.flatMap((module) =>
    NOUNS.flatMap((noun) => SUFFIXES.map((suffix) => `${module}${noun}${suffix}`)),
  ).filter((name) => !taken.has(name));
  if (names.length < count) throw new RangeError(`There are names for ${names.length} tables, not ${count}.`);
  return names
    .map((name) => ({ name, order: chance(seed, 'name', name) }))
    .sort((a, b) => a.order - b.order)
    .slice(0, count)
    .map(({ name }) => name);
};

/** Rows of an ordinary table: nearly half are empty, a few are large, none is as large as the known ones. */
const ordinaryRows = (seed: number, name: string): number => {
  const place = chance(seed, 'rows', name);
  if (place < 0.45) return 0;
  return Math.floor(10 ** ((place - 0.45) * 11)) + chanceBetween(0, 40, seed, 'more rows', name);
};

const ordinary = (seed: number, name: string): Busy => {
  const rows = ordinaryRows(seed, name);
  const isWritten = rows > 500 && chance(seed, 'written', name) < 0.3;
  if (!isWritten) return busy(rows, 0, 0);
  return busy(
    rows,
    chanceBetween(0, 40, seed, 'rows per hour', name),
    chanceBetween(0, 60, seed, 'updates', name),
  );
};

const KNOWN: Readonly<Partial<Record<TableClass, Readonly<Record<string, Busy>>>>> = {
  keyed: KNOWN_KEYED,
  special: KNOWN_SPECIAL,
  locked: KNOWN_LOCKED,
};

/** The tables of the source: the same ones for the same seed and census. */
export const makeAxTables = (census: TableCensus, seed: number): readonly AxTable[] => {
  const known = Object.entries(KNOWN).flatMap(([tableClass, tables]) =>
    Object.entries(tables)
      .slice(0, census[tableClass as TableClass])
      .map(([name, figures]): AxTable => ({ name, class: tableClass as TableClass, ...figures })),
  );
  const missing = (Object.keys(census) as TableClass[]).flatMap((tableClass) =>
    Array.from<TableClass>({
      length: census[tableClass] - known.filter((table) => table.class === tableClass).length,
    }).fill(tableClass),
  );
  const names = inventedNames(
    missing.length,
    seed,
    new Set(Object.values(KNOWN).flatMap((tables) => Object.keys(tables))),
  );
  const invented = missing.map((tableClass, index): AxTable => {
    const name = names[index] ?? '';
    // A table without a key or with a schema lock is written too, but only what AX left behind arrives: entry 7.
    return { name, class: tableClass, ...ordinary(seed, name) };
  });
  return [...known, ...invented].sort((a, b) => (a.name < b.name ? -1 : 1));
};
