import type { Json } from '../../core/json.ts';
import type { Role } from './step-builders.ts';

/** A figure that must be the same before and after the upgrade, with the SQL that reads it on each side. */
type Pair = {
  readonly name: string;
  readonly sourceSql: string;
  readonly targetSql: string;
  readonly tolerance: number;
  readonly currency: string | null;
  readonly owner: Role;
};

const ASSUMPTION =
  '/* Assumption: table and column names as in a standard AX 2012 R3; confirm with finance and try in the mock. */';

/** As text, because no driver keeps more than fifteen digits of a number. */
const sum = (expression: string, from: string): string =>
  `${ASSUMPTION} SELECT CONVERT(varchar(40), CAST(COALESCE(SUM(${expression}), 0) AS decimal(28, 2))) AS figure FROM ${from}`;

/** The names survive the upgrade, so both sides are read by one statement; figures are compared, not tables. */
const sameOnBothSides = (name: string, sql: string): Pair => ({
  name,
  sourceSql: sql,
  targetSql: sql,
  tolerance: 0.01,
  currency: null,
  owner: 'finance-lead',
});

/** Examples to be replaced by the customer's own: amounts are sums over all companies in their accounting currencies. */
export const reconciliationPairs = (): Json & readonly Pair[] => [
  sameOnBothSides(
    'General ledger, total of debits',
    sum(
      'CASE WHEN a.ACCOUNTINGCURRENCYAMOUNT > 0 THEN a.ACCOUNTINGCURRENCYAMOUNT ELSE 0 END',
      'dbo.GENERALJOURNALACCOUNTENTRY AS a JOIN dbo.GENERALJOURNALENTRY AS e ON e.RECID = a.GENERALJOURNALENTRY',
    ),
  ),
  sameOnBothSides('Inventory value', sum('s.POSTEDVALUE + s.PHYSICALVALUE', 'dbo.INVENTSUM AS s')),
  sameOnBothSides('Open receivables', sum('o.AMOUNTMST', 'dbo.CUSTTRANSOPEN AS o')),
  sameOnBothSides('Open payables', sum('o.AMOUNTMST', 'dbo.VENDTRANSOPEN AS o')),
];
