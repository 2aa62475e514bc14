import { z } from 'zod';
import { sameJson } from '../core/json.ts';
import type { Plan, PlanStep } from '../core/plan.ts';
import { isZone } from '../core/quiet-hours.ts';
import { downtimeProblems, downtimeSchema } from './downtime.ts';
import { cutoverIdSchema } from './http.ts';
import type { Problem } from './problem.ts';
import { fieldProblems, inPlainWords, pathText } from './problem.ts';

const personSchema = z.strictObject({
  id: z.string().min(1).max(128).meta({ description: 'Directory object id: tells people apart.' }),
  name: z.string().min(1).max(128),
});

/** No request can be made to an address with a password, and whoever refuses it would repeat the password. */
const endpointSchema = z
  .url({ protocol: /^https?$/ })
  .refine((address) => new URL(address).username === '' && new URL(address).password === '', {
    error: 'must not hold a user or a password',
    abort: true,
  });

const clockTime = z.string().regex(/^(?:[01]\d|2[0-3]):[0-5]\d$/, { error: 'is not a time such as 22:00' });

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
    quietHours: z
      .array(
        z.strictObject({
          from: clockTime,
          to: clockTime,
          zone: z.string().refine(isZone, { error: 'is not a time zone such as Europe/Copenhagen' }),
        }),
      )
      .max(10)
      .optional()
      .meta({
        description:
          'Hours in which polls read only the agents of replication at the source; a waiting gate and the time after AX is off are read in full.',
      }),
    rehearsal: cutoverIdSchema.optional().meta({
      description:
        'The mock cutover whose exact counts equal tables are held against; absent: no equality is doubted.',
    }),
    rehearsals: z.array(cutoverIdSchema).max(20).optional().meta({
      description:
        'Cutovers of which the forecast takes how long each step took; that of `rehearsal` is among them anyway.',
    }),
    downtime: downtimeSchema.optional(),
    aosHosts: z.array(z.string().min(1).max(255)).max(100),
    people: z
      .record(z.string().regex(/^[a-z][a-z0-9-]{0,63}$/), z.array(personSchema).min(1).max(50))
      .meta({ description: 'Who holds which role of the plan: owners and approvers.' }),
    automations: z
      .record(z.string().regex(/^[a-z][a-z0-9-]{0,63}$/), endpointSchema)
      .meta({ description: 'Endpoints of automations by the name the plan uses.' }),
  })
  .meta({ id: 'Bindings' });

/** See {@link bindingsSchema}. */
export type Bindings = z.infer<typeof bindingsSchema>;

/** Usable bindings, or every mistake in them at once. */
export type BindingsReading = { readonly bindings: Bindings } | { readonly problems: readonly Problem[] };

/** Which parts of the bindings differ, by name only: an endpoint may hold a secret. */
export const changedBindings = (before: Bindings, after: Bindings): readonly string[] => {
  const parts = ({ people, automations, ...places }: Bindings): Readonly<Record<string, unknown>> => ({
    ...places,
    ...Object.fromEntries(Object.entries(people).map(([role, holders]) => [`people.${role}`, holders])),
    ...Object.fromEntries(Object.entries(automations).map(([name, at]) => [`automations.${name}`, at])),
  });
  const [old, young] = [parts(before), parts(after)];
  return Object.keys({ ...old, ...young })
    .filter((part) => !sameJson(old[part], young[part]))
    .sort();
};

type Fields = Readonly<Record<string, unknown>>;

const fieldsOf = (value: unknown): Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : {};

const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);

const textsOf = (value: unknown): readonly string[] =>
  listOf(value).filter((item) => typeof item === 'string');

const lowerText = (value: unknown): string | null => (typeof value === 'string' ? value.toLowerCase() : null);

const stepsOf = (plan: Plan | null): readonly PlanStep[] => [
  ...(plan?.steps ?? []),
  ...(plan?.rollbacks ?? []).flatMap(({ steps }) => steps),
];

/** The roles a step needs people for: its owner, its approvers, the owners of its figures. */
const rolesOf = ({ owner, params }: PlanStep): readonly string[] => {
  const fields = fieldsOf(params);
  const figures = listOf(fields.pairs).map((pair) => fieldsOf(pair).owner);
  return [owner, ...textsOf(fields.approvers), ...textsOf(figures)];
};

/** Who needs each name, by the first step that does, so that one missing name is one problem. */
const needs = (
  plan: Plan | null,
  namesOf: (step: PlanStep) => readonly string[],
): ReadonlyMap<string, readonly string[]> => {
  const users = new Map<string, string[]>();
  for (const step of stepsOf(plan)) {
    for (const name of new Set(namesOf(step))) users.set(name, [...(users.get(name) ?? []), step.id]);
  }
  return users;
};

const told = (steps: readonly string[]): string => {
  const [first, ...others] = steps;
  return others.length === 0 ? `step "${first}"` : `step "${first}" and ${others.length} other(s)`;
};

const unboundRoles = (plan: Plan | null, people: Fields): readonly Problem[] =>
  [...needs(plan, rolesOf)]
    .filter(([role]) => listOf(people[role]).length === 0)
    .map(([role, steps]) => ({
      path: `people.${role}`,
      message: `nobody holds the role "${role}", which ${told(steps)} needs`,
    }));

const automationsOf = ({ params }: PlanStep): readonly string[] => textsOf([fieldsOf(params).automation]);

const unboundAutomations = (plan: Plan | null, automations: Fields): readonly Problem[] =>
  [...needs(plan, automationsOf)]
    .filter(([name]) => !Object.hasOwn(automations, name))
    .map(([name, steps]) => ({
      path: `automations.${name}`,
      message: `the automation "${name}", which ${told(steps)} calls, has no endpoint`,
    }));

const idOf = (person: unknown): string | null => lowerText(fieldsOf(person).id);

/** An approval that so few people could give that its quorum can never be reached. */
const tooFewApprovers = (plan: Plan | null, people: Fields): readonly Problem[] =>
  stepsOf(plan).flatMap((step) => {
    const { approvers, quorum } = fieldsOf(step.params);
    if (typeof quorum !== 'number') return [];
    const roles = textsOf(approvers);
    const ids = new Set(roles.flatMap((role) => listOf(people[role]).map(idOf)).filter((id) => id !== null));
    if (ids.size >= quorum) return [];
    const message = `step "${step.id}" needs ${quorum} approver(s), but ${roles.join(', ')} are held by ${ids.size} person(s)`;
    return [{ path: 'people', message }];
  });

const repeatedPeople = (people: Fields): readonly Problem[] =>
  Object.entries(people).flatMap(([role, holders]) => {
    const seen = new Set<string>();
    return listOf(holders).flatMap((holder, index) => {
      const id = idOf(holder);
      if (id === null || !seen.has(id)) {
        if (id !== null) seen.add(id);
        return [];
      }
      const path = pathText(['people', role, index, 'id']);
      return [{ path, message: `the role "${role}" names the same person twice` }];
    });
  });

const sameServer = (source: Fields, target: Fields): boolean =>
  lowerText(source.server) !== null &&
  lowerText(source.server) === lowerText(target.server) &&
  lowerText(source.database) === lowerText(target.database);

const dangerousPlaces = (plan: Plan | null, fields: Fields): readonly Problem[] => {
  const problems: Problem[] = [];
  const { sandboxEnvironmentId, productionEnvironmentId } = fieldsOf(fields.lcs);
  const sandbox = lowerText(sandboxEnvironmentId);
  if (sandbox !== null && sandbox === lowerText(productionEnvironmentId)) {
    const message =
      'the sandbox and production are the same environment: the upgrade would run on production';
    problems.push({ path: 'lcs.productionEnvironmentId', message });
  }
  if (sameServer(fieldsOf(fields.source), fieldsOf(fields.target))) {
    problems.push({ path: 'target', message: 'source and target are the same database' });
  }
  const stops = plan?.steps.find(({ kind }) => kind === 'stop-aos');
  if (stops && Array.isArray(fields.aosHosts) && fields.aosHosts.length === 0) {
    const message = `no AOS host is named, but step "${stops.id}" has to stop them all`;
    problems.push({ path: 'aosHosts', message });
  }
  return problems;
};

/**
 * Reads the bindings of a plan; a refusal lists every mistake and everything the plan needs that they lack. Without a
 * plan, because it is not usable itself, only the bindings' own mistakes are told.
 */
export const readBindings = (document: unknown, plan: Plan | null): BindingsReading => {
  const parsed = bindingsSchema.safeParse(document, { error: inPlainWords });
  const fields = fieldsOf(document);
  const people = fieldsOf(fields.people);
  const downtime = downtimeSchema.safeParse(fields.downtime);
  const problems = [
    ...(parsed.success ? [] : fieldProblems(parsed.error.issues)).map(({ path, message }) => ({
      path: pathText(path),
      message: `${path.length === 0 ? 'the bindings' : pathText(path)} ${message}`,
    })),
    ...unboundRoles(plan, people),
    ...unboundAutomations(plan, fieldsOf(fields.automations)),
    ...tooFewApprovers(plan, people),
    ...repeatedPeople(people),
    ...dangerousPlaces(plan, fields),
    ...(downtime.success ? downtimeProblems(downtime.data, plan) : []),
  ];
  return parsed.success && problems.length === 0 ? { bindings: parsed.data } : { problems };
};
