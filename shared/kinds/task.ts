import { z } from 'zod';
import { asksAutomation, automationEffect } from './automation-task.ts';
import { lackOfStatement, statementOf } from './claim.ts';
import { defineKind } from './kind.ts';
import { automationSchema } from './names.ts';
import { done } from './verdicts.ts';

const params = z.strictObject({
  automation: automationSchema,
  confirm: z
    .array(z.string().min(1).max(500))
    .max(50)
    .meta({ description: 'What whoever reports the task confirms with it.' }),
});

/** Something a person or an automation does and reports, of which nothing can be read. */
export const task = defineKind({
  name: 'task',
  summary: 'Asks a person or an automation to do something and takes their word for it.',
  params,
  asks: asksAutomation,
  dataGate: false,
  rule: null,
  effect: automationEffect<z.infer<typeof params>>(({ planned, params: { confirm } }) => ({
    what: 'task',
    title: planned.title,
    instruction: planned.instruction,
    confirm,
  })),
  pollEveryMs: 5 * 60_000,
  read: ({ step, params: { confirm }, now }) =>
    Promise.resolve({ source: 'stated', takenAt: now, body: { statement: statementOf(step), confirm } }),
  judge: ({ planned }, { body: { statement } }) =>
    lackOfStatement(statement, planned.owner) ?? done(`${statement?.by ?? ''} reported it done`),
});
