import { z } from 'zod';
import { nameParameter } from './parameters.ts';

/** Which publications: those of one published database, found in one distribution database. */
export type Publisher = {
  readonly distribution: string;
  /** As `SELECT @@SERVERNAME` gives it. */
  readonly server: string;
  readonly database: string;
};

/** What every statement about publications is told. */
export const publisherParameter: z.ZodType<Publisher> = z.object({
  distribution: nameParameter,
  server: nameParameter,
  database: nameParameter,
});

/** The permission that they need. */
export const READER = 'db_datareader in the distribution database';

/** The parameters they bind. */
export const publisherValues = ({ server, database }: Publisher) => ({
  publisher: server,
  publisherDb: database,
});

/** The toolkit's publications only, told by their prefix: a server may publish other things to others. */
export const publications = (distribution: string): string => `pub AS (
  SELECT p.publisher_id, p.publisher_db, p.publication_id, p.publication, p.publication_type, p.retention
  FROM ${distribution}.dbo.MSpublications AS p
  JOIN sys.servers AS srv ON srv.server_id = p.publisher_id
  WHERE srv.name = @publisher AND p.publisher_db = @publisherDb
    AND (p.publication LIKE N'AX[_]PUB[_]%' OR p.publication LIKE N'AXDB[_]PUB[_]%')
)`;

/** The rows of a table of the distribution database that belong to the publisher. */
export const ofPublisher = (alias: string): string =>
  `${alias}.publisher_id = pub.publisher_id AND ${alias}.publisher_db = pub.publisher_db`;
