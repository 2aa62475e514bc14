import { z } from 'zod';
import { defineStatement } from './define-statement.ts';
import { ofPublisher, publications, publisherParameter, publisherValues, READER } from './publications.ts';
import { quoteName } from './quote-name.ts';

const articleRow = z.object({
  publication: z.string(),
  sourceSchema: z.string(),
  sourceTable: z.string(),
  targetSchema: z.string(),
  targetTable: z.string(),
});

/** The articles of the toolkit's publications: the scope of every comparison. */
export const replicationArticles = defineStatement({
  name: 'replication-articles',
  server: 'distribution',
  parameters: publisherParameter,
  text: (publisher) => {
    const db = quoteName(publisher.distribution);
    return `WITH ${publications(db)}
SELECT pub.publication, ISNULL(r.source_owner, N'dbo') AS sourceSchema, r.source_object AS sourceTable,
  ISNULL(NULLIF(r.destination_owner, N''), N'dbo') AS targetSchema,
  ISNULL(NULLIF(r.destination_object, N''), r.source_object) AS targetTable
FROM pub
JOIN ${db}.dbo.MSarticles AS r ON ${ofPublisher('r')} AND r.publication_id = pub.publication_id
ORDER BY pub.publication, r.source_object`;
  },
  values: publisherValues,
  row: articleRow,
  permission: READER,
  purpose: 'Lists which tables are replicated, under which names.',
  timeoutMs: 30_000,
});
