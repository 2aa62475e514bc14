import type { Statement } from '../statement.ts';
import { axSessions } from './ax-sessions.ts';
import { backupHistory } from './backups.ts';
import { dataUpgradeStatus } from './data-upgrade-status.ts';
import { distributionDatabase, replicationPending, replicationStatus } from './distribution.ts';
import { replicationArticles } from './replication-articles.ts';
import {
  drillCompaniesSource,
  drillCompaniesTarget,
  drillPartsSource,
  drillPartsTarget,
  drillRowsSource,
  drillRowsTarget,
  drillShapeSource,
  drillShapeTarget,
} from './drill.ts';
import {
  exactSourceCounts,
  exactSourceLong,
  exactSourceRange,
  exactTargetCounts,
  exactTargetLong,
  exactTargetRange,
} from './exact-counts.ts';
import { recidBoundsSource, recidBoundsTarget, recidIndexesSource, recidIndexesTarget } from './recids.ts';
import { sourceFigure, targetFigure } from './reconciliation.ts';
import { sourceFacts, targetFacts } from './server-facts.ts';
import { sourceHealth } from './source-health.ts';
import { sourceWriters, sourceWrites } from './source-writes.ts';
import { sourceEstimates, targetEstimates } from './table-estimates.ts';
import { postTracerToken } from './tracer-token.ts';

/** Any statement of the catalogue; its own `parameters` say what may be put into it. */
export type AnyStatement = Statement<unknown, unknown>;

/** A statement as a DBA reviews it: with example parameters filled in. */
export type CatalogueEntry = Omit<Statement<never, unknown>, 'text' | 'values' | 'parameters'> & {
  readonly statement: AnyStatement;
  readonly example: unknown;
  readonly exampleText: string;
  readonly exampleValues: Readonly<Record<string, string | number>>;
};

const entry = <Parameters, Row>(
  statement: Statement<Parameters, Row>,
  example: Parameters,
): CatalogueEntry => {
  const { name, server, row, permission, purpose, timeoutMs, text, values } = statement;
  return {
    name,
    server,
    row,
    permission,
    purpose,
    timeoutMs,
    // Sound for whoever lets its own schema read the parameters first.
    statement: statement as unknown as AnyStatement,
    example,
    exampleText: text(example),
    exampleValues: values(example),
  };
};

const PUBLISHER = { distribution: 'distribution', server: 'AXSQL01', database: 'AX2012PROD' };
const TABLES = {
  tables: [
    { schema: 'dbo', name: 'CUSTTABLE' },
    { schema: 'dbo', name: 'VENDTABLE' },
  ],
};
const TABLE = { schema: 'dbo', name: 'INVENTTRANS' };
const RANGE = {
  table: TABLE,
  range: { low: '5637144576', high: '5657144575', first: false, last: false },
};
const DRILLED = { table: { ...TABLE, perCompany: true } };
const PARTS = { ...DRILLED, low: '5637144576', upTo: ['5657144575', '5677144575'] };
const ROWS = { ...DRILLED, low: '5637144576', high: '5637145575', most: 1_001 };
const FIGURE = { sql: 'SELECT SUM(AMOUNTMST) AS figure FROM dbo.CUSTTRANSOPEN' };

/** Every statement the product sends to a SQL Server, and no other. */
export const CATALOGUE: readonly CatalogueEntry[] = [
  entry(distributionDatabase, null),
  entry(replicationStatus, PUBLISHER),
  entry(replicationPending, PUBLISHER),
  entry(replicationArticles, PUBLISHER),
  entry(postTracerToken, { publication: 'AX_PUB_PkTable_1' }),
  entry(axSessions, null),
  entry(sourceHealth, { distribution: 'distribution' }),
  entry(backupHistory, { database: 'AX2012PROD' }),
  entry(sourceFacts, null),
  entry(targetFacts, null),
  entry(sourceEstimates, null),
  entry(targetEstimates, null),
  entry(exactSourceCounts, TABLES),
  entry(exactTargetCounts, TABLES),
  entry(exactSourceRange, RANGE),
  entry(exactTargetRange, RANGE),
  entry(exactSourceLong, { table: TABLE }),
  entry(exactTargetLong, { table: TABLE }),
  entry(recidIndexesSource, { moreThan: 1_000_000 }),
  entry(recidIndexesTarget, { moreThan: 1_000_000 }),
  entry(recidBoundsSource, TABLES),
  entry(recidBoundsTarget, TABLES),
  entry(drillShapeSource, TABLE),
  entry(drillShapeTarget, TABLE),
  entry(drillCompaniesSource, DRILLED),
  entry(drillCompaniesTarget, DRILLED),
  entry(drillPartsSource, PARTS),
  entry(drillPartsTarget, PARTS),
  entry(drillRowsSource, ROWS),
  entry(drillRowsTarget, ROWS),
  entry(sourceWrites, null),
  entry(sourceWriters, null),
  entry(dataUpgradeStatus, null),
  entry(sourceFigure, FIGURE),
  entry(targetFigure, FIGURE),
];

/** The statements by their names. */
export const STATEMENT_BY_NAME: ReadonlyMap<string, AnyStatement> = new Map(
  CATALOGUE.map(({ name, statement }) => [name, statement]),
);
