import type { z } from 'zod';

/** One named, read-only T-SQL statement of the catalogue; the tracer token is the only write. */
export type Statement<Parameters, Row> = {
  readonly name: string;
  readonly server: 'source' | 'distribution' | 'target';
  /** Valid on SQL Server 2012 SP2 and later at the source, on Azure SQL Database at the target. */
  readonly text: (parameters: Parameters) => string;
  /** Values travel as parameters, by name without `@`; identifiers only from what the catalogue returned. */
  readonly values: (parameters: Parameters) => Readonly<Record<string, string | number>>;
  readonly row: z.ZodType<Row>;
  readonly permission: string;
  readonly purpose: string;
  readonly timeoutMs: number;
};
