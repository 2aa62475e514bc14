import { z } from 'zod';
import { defineStatement } from './define-statement.ts';
import { nameParameter } from './parameters.ts';

/** Posts a tracer token into a transactional publication: the only write of the catalogue, and only where a plan asks. */
export const postTracerToken = defineStatement({
  name: 'post-tracer-token',
  server: 'source',
  parameters: z.object({ publication: nameParameter }),
  text: () => `DECLARE @tracerId int
EXEC sys.sp_posttracertoken @publication = @publication, @tracer_token_id = @tracerId OUTPUT
SELECT @tracerId AS tracerId`,
  values: ({ publication }) => ({ publication }),
  row: z.object({ tracerId: z.int().nullable() }),
  permission: 'db_owner in the published database',
  purpose: 'Marks a place in the log, whose arrival proves that everything before it has arrived.',
  timeoutMs: 30_000,
});
