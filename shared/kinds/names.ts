import { z } from 'zod';

/** A role of the plan, bound to people in the bindings. */
export const roleSchema = z
  .string()
  .regex(/^[a-z][a-z0-9-]{0,63}$/)
  .meta({ description: 'A role that the bindings give to people.' });

/** An automation of the bindings, or null where a person does it. */
export const automationSchema = z
  .string()
  .regex(/^[a-z][a-z0-9-]{0,63}$/)
  .nullable()
  .meta({ description: 'An automation named in the bindings; null: a person does it and reports it.' });
