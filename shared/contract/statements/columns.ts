import { z } from 'zod';

/** A whole number; bigint columns arrive as digits. Beyond 2^53 it would not be the number the server meant. */
export const countColumn = z
  .union([z.int(), z.string().regex(/^\d{1,16}$/)])
  .transform(Number)
  .pipe(z.int().min(0));

/** 0 or 1, as CAST of a bit gives it. */
export const flagColumn = z.union([z.literal(0), z.literal(1)]).transform((flag) => flag === 1);

/** UTC as {@link utcText} writes it, read as epoch milliseconds. */
export const instantColumn = z.iso.datetime({ offset: false }).transform((text) => Date.parse(text));

/**
 * T-SQL for a datetime of the server's local time, as msdb and the distribution history hold it, as UTC text. The
 * offset is today's: a time before a daylight-saving change is off by that hour.
 */
export const utcText = (expression: string): string =>
  `CONVERT(varchar(23), DATEADD(MINUTE, -DATEPART(TZOFFSET, SYSDATETIMEOFFSET()), ${expression}), 126) + 'Z'`;

/** T-SQL for the server's own clock as UTC text. */
export const NOW_TEXT = "CONVERT(varchar(23), SYSUTCDATETIME(), 126) + 'Z'";

/** A JSON text as FOR JSON writes it, read by a schema. */
export const jsonColumn = <Schema extends z.ZodType>(schema: Schema) =>
  z
    .string()
    .transform((text, context): unknown => {
      try {
        return JSON.parse(text) as unknown;
      } catch {
        context.addIssue('is not JSON');
        return z.NEVER;
      }
    })
    .pipe(schema);
