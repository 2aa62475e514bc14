import { z } from 'zod';

const personSchema = z.strictObject({
  id: z.string().min(1).max(128).meta({ description: 'Directory object id: tells people apart.' }),
  name: z.string().min(1).max(128),
});

/** The environment ids, servers and people of one cutover: separate from the plan, so that a plan can be rehearsed. */
export const bindingsSchema = z
  .strictObject({
    lcs: z
      .strictObject({
        projectId: z.string().regex(/^\d{1,12}$/),
        sandboxEnvironmentId: z.guid(),
        productionEnvironmentId: z.guid(),
      })
      .nullable()
      .meta({
        description:
          'Null where there is no access to Lifecycle Services: its states are then stated by a person.',
      }),
    source: z.strictObject({
      server: z.string().min(1).max(128),
      database: z.string().min(1).max(128),
    }),
    target: z.strictObject({
      server: z.string().min(1).max(128),
      database: z.string().min(1).max(128),
    }),
    aosHosts: z.array(z.string().min(1).max(255)).max(100),
    people: z
      .record(z.string().regex(/^[a-z][a-z0-9-]{0,63}$/), z.array(personSchema).min(1).max(50))
      .meta({ description: 'Who holds which role of the plan: owners and approvers.' }),
    automations: z
      .record(z.string().regex(/^[a-z][a-z0-9-]{0,63}$/), z.url({ protocol: /^https?$/ }))
      .meta({ description: 'Endpoints of automations by the name the plan uses.' }),
  })
  .meta({ id: 'Bindings' });

/** See {@link bindingsSchema}. */
export type Bindings = z.infer<typeof bindingsSchema>;
