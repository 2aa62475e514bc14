import { CronExpressionParser } from 'cron-parser';

/** The occurrences of a timer, in epoch milliseconds of UTC. */
export type Schedule = { readonly next: (afterMs: number) => number };

/**
 * Parses a six-field NCRONTAB expression.
 * @throws when it is not one, or when it means different things to NCRONTAB and to the parser used here.
 */
export const parseSchedule = (expression: string): Schedule => {
  const fields = expression.trim().split(/\s+/);
  if (fields.length !== 6 || !fields.every((field) => /^(?:[\d*,/-]|[A-Z]{3})+$/i.test(field)))
    throw new Error(`"${expression}" is not an NCRONTAB expression of six fields.`);
  if (fields[3] !== '*' && fields[5] !== '*')
    throw new Error(
      `"${expression}" restricts both day and weekday, which this host would join otherwise than Azure.`,
    );
  const next = (afterMs: number): number =>
    CronExpressionParser.parse(expression, { currentDate: new Date(afterMs), tz: 'UTC' })
      .next()
      .getTime();
  next(0);
  return { next };
};
