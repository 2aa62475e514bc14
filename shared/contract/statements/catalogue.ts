import type { Statement } from '../statement.ts';
import { axSessions } from './ax-sessions.ts';
import { fullBackups } from './backups.ts';
import { dataUpgradeStatus } from './data-upgrade-status.ts';
import {
  distributionDatabase,
  replicationArticles,
  replicationPending,
  replicationStatus,
} from './distribution.ts';
import { exactSourceCounts, exactTargetCounts } from './exact-counts.ts';
import { sourceFigure, targetFigure } from './reconciliation.ts';
import { sourceFacts, targetFacts } from './server-facts.ts';
import { sourceHealth } from './source-health.ts';
import { sourceEstimates, targetEstimates } from './table-estimates.ts';
import { postTracerToken } from './tracer-token.ts';

/** A statement as a DBA reviews it: with example parameters filled in. */
export type CatalogueEntry = Omit<Statement<never, unknown>, 'text' | 'values'> & {
  readonly exampleText: string;
  readonly exampleValues: Readonly<Record<string, string | number>>;
};

const entry = <Parameters, Row>(
  statement: Statement<Parameters, Row>,
  example: Parameters,
): CatalogueEntry => {
  const { text, values, ...rest } = statement;
  return { ...rest, exampleText: text(example), exampleValues: values(example) };
};

const PUBLISHER = { distribution: 'distribution', server: 'AXSQL01', database: 'AX2012PROD' };
const TABLES = {
  tables: [
    { schema: 'dbo', name: 'CUSTTABLE' },
    { schema: 'dbo', name: 'VENDTABLE' },
  ],
};
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
  entry(fullBackups, { database: 'AX2012PROD' }),
  entry(sourceFacts, null),
  entry(targetFacts, null),
  entry(sourceEstimates, null),
  entry(targetEstimates, null),
  entry(exactSourceCounts, TABLES),
  entry(exactTargetCounts, TABLES),
  entry(dataUpgradeStatus, null),
  entry(sourceFigure, FIGURE),
  entry(targetFigure, FIGURE),
];
