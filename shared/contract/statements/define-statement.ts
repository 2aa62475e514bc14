import type { Statement } from '../statement.ts';

/** Declares a statement; its name goes ahead of its text, so that a DBA sees in every trace what asks and why. */
export const defineStatement = <Parameters, Row>(
  statement: Statement<Parameters, Row>,
): Statement<Parameters, Row> => ({
  ...statement,
  text: (parameters) => `/* ax-cutover ${statement.name} */\n${statement.text(parameters)}`,
});
