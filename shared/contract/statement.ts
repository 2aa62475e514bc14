import type { z } from 'zod';

/** A server that is asked: that of AX, that of its distributor, that of the sandbox. */
export type SqlServer = 'source' | 'distribution' | 'target';

/** One named, read-only T-SQL statement of the catalogue; the tracer token is the only write. */
export type Statement<Parameters, Row> = {
  readonly name: string;
  readonly server: SqlServer;
  /** What it takes: the collector checks what reaches it over the wire before it makes any text of it. */
  readonly parameters: z.ZodType<Parameters>;
  /** Valid on SQL Server 2012 SP2 and later at the source, on Azure SQL Database at the target. */
  readonly text: (parameters: Parameters) => string;
  /** Values travel as parameters, by name without `@`; identifiers only from what the catalogue returned. */
  readonly values: (parameters: Parameters) => Readonly<Record<string, string | number>>;
  readonly row: z.ZodType<Row>;
  readonly permission: string;
  readonly purpose: string;
  readonly timeoutMs: number;
};
