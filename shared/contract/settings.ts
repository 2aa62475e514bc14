import { z } from 'zod';
import { CutoverError } from '../core/errors.ts';
import { fieldProblems, inPlainWords, pathText } from './problem.ts';
import type { Settings } from './settings-shape.ts';
import { safetyProblems } from './settings-safety.ts';

/** Base URLs of Lifecycle Services by geography, as documented. */
const LCS_BASE_URLS: readonly string[] = [
  'https://lcsapi.lcs.dynamics.com',
  ...['eu', 'fr', 'sa', 'uae', 'ch', 'no'].map((region) => `https://lcsapi.${region}.lcs.dynamics.com`),
  'https://lcsapi.lcs.dynamics.cn',
  'https://lcsapi.gov.lcs.microsoftdynamics.us',
];

const secretBytes = (secret: string): number | null => {
  try {
    return atob(secret.slice('whsec_'.length)).length;
  } catch {
    return null;
  }
};

const isSecret = (secret: string): boolean => {
  const bytes = secret.startsWith('whsec_') ? secretBytes(secret) : null;
  return bytes !== null && bytes >= 24 && bytes <= 64;
};

const hasParts = (...parts: readonly RegExp[]) => {
  return (text: string): boolean => parts.every((part) => part.test(text));
};

const url = z.url({ protocol: /^https?$/, error: 'is not a URL that begins with https://' });
const text = z.string().min(1).max(2000);
const number = z.string().regex(/^\d{1,15}(?:\.\d{1,6})?$/, 'is not a number');
const sqlConnection = text.refine(
  hasParts(
    /(?:^|;)\s*(?:server|data source)\s*=\s*[^;\s]/i,
    /(?:^|;)\s*(?:database|initial catalog)\s*=\s*[^;\s]/i,
  ),
  { error: 'is not a connection string with Server and Database' },
);
const listed = text.transform((list) => list.split(',').map((part) => part.trim()));
/** One Standard Webhooks secret. */
export const secret = text.refine(isSecret, {
  error: 'must be a secret whsec_… of 24 to 64 bytes in base64',
});
const secrets = listed.refine((given) => given.every(isSecret), {
  error: 'must be secrets whsec_… of 24 to 64 bytes in base64, separated by commas',
});
const HOST = /^(?:\*\.)?[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?$/i;
const schedule = text.regex(/^(?:[\d*,/-]+\s+){5}[\w*,/-]+$/, 'is not an NCRONTAB expression of six fields');

/** Every setting of the app by the name it has in the environment; an empty one counts as absent. */
export const settingsSchema = z.object({
  APP_MODE: z.enum(['development', 'production']),
  ServiceBusConnection: text
    .refine(hasParts(/(?:^|;)Endpoint=sb:\/\//i), { error: 'is not a connection string of Service Bus' })
    .optional(),
  ServiceBusConnection__fullyQualifiedNamespace: text
    .regex(/^[a-z][a-z0-9-]{4,48}[a-z0-9]\.servicebus\.[a-z0-9.]+$/i, 'is not the host name of a namespace')
    .optional(),
  TableStorageConnection: text
    .refine((value) => hasParts(/AccountName=/i)(value) || hasParts(/UseDevelopmentStorage=true/i)(value), {
      error: 'is not a connection string of Table Storage',
    })
    .optional(),
  TableStorage__endpoint: url.optional(),
  TABLE_PREFIX: z
    .string()
    .regex(/^[A-Za-z][A-Za-z0-9]{0,49}$/, 'must be at most 50 letters and digits, beginning with a letter')
    .default('axcutover'),
  SOURCE_SQL_CONNECTION: sqlConnection.optional(),
  DISTRIBUTION_SQL_CONNECTION: sqlConnection.optional(),
  TARGET_SQL_CONNECTION: sqlConnection.optional(),
  LCS_BASE_URL: url.optional(),
  LCS_ACCESS_TOKEN_FILE: text.optional(),
  DYNAMICS_BASE_URL: url.optional(),
  DYNAMICS_TENANT_ID: z.guid({ error: 'is not a directory id' }).optional(),
  DYNAMICS_CLIENT_ID: z.guid({ error: 'is not a client id' }).optional(),
  DYNAMICS_CLIENT_SECRET: text.optional(),
  DYNAMICS_TOKEN_URL: url.optional(),
  COLLECTED_SERVERS: listed
    .pipe(
      z.array(
        z.enum(['source', 'distribution', 'target'], {
          error: 'has other names than source, distribution, target',
        }),
      ),
    )
    .optional(),
  COLLECTOR_SECRETS: secrets.optional(),
  WEBHOOK_SECRETS: secrets,
  EVENTS_SECRETS: secrets.optional(),
  EVENTS_HOSTS: listed
    .refine((given) => given.every((host) => HOST.test(host)), {
      error: 'must be names of hosts, or *. and a domain, separated by commas',
    })
    .optional(),
  PUBLIC_BASE_URL: url,
  IDENTITY: z.enum(['platform', 'development']).default('platform'),
  SYSTEM_CLOCK_FACTOR: number.transform(Number).default(1),
  SYSTEM_CLOCK_ORIGIN: number.transform(Number).default(0),
  POLL_SCHEDULE: schedule.default('*/15 * * * * *'),
  WATCHDOG_SCHEDULE: schedule.default('0 * * * * *'),
});

type Parsed = z.output<typeof settingsSchema>;

const withoutSlash = (address: string): string => address.replace(/\/+$/, '');

const dynamicsOf = (env: Parsed): Settings['dynamics'] => {
  const {
    DYNAMICS_BASE_URL: baseUrl,
    DYNAMICS_TENANT_ID: tenantId,
    DYNAMICS_CLIENT_ID: clientId,
    DYNAMICS_CLIENT_SECRET: clientSecret,
    DYNAMICS_TOKEN_URL: tokenUrl,
  } = env;
  if (!baseUrl || !tenantId || !clientId || !clientSecret || !tokenUrl) return null;
  return { baseUrl: withoutSlash(baseUrl), tenantId, clientId, clientSecret, tokenUrl };
};

const toSettings = (env: Parsed): Settings => ({
  mode: env.APP_MODE,
  serviceBus:
    env.ServiceBusConnection === undefined
      ? { by: 'identity', namespace: env.ServiceBusConnection__fullyQualifiedNamespace ?? '' }
      : { by: 'key', connectionString: env.ServiceBusConnection },
  tables:
    env.TableStorageConnection === undefined
      ? { by: 'identity', endpoint: withoutSlash(env.TableStorage__endpoint ?? '') }
      : { by: 'key', connectionString: env.TableStorageConnection },
  tablePrefix: env.TABLE_PREFIX,
  sql: {
    source: env.SOURCE_SQL_CONNECTION ?? null,
    distribution: env.DISTRIBUTION_SQL_CONNECTION ?? null,
    target: env.TARGET_SQL_CONNECTION ?? null,
  },
  collectors: { servers: env.COLLECTED_SERVERS ?? [], secrets: env.COLLECTOR_SECRETS ?? [] },
  lcs:
    env.LCS_BASE_URL !== undefined && env.LCS_ACCESS_TOKEN_FILE !== undefined
      ? { baseUrl: withoutSlash(env.LCS_BASE_URL), accessTokenFile: env.LCS_ACCESS_TOKEN_FILE }
      : null,
  dynamics: dynamicsOf(env),
  webhookSecrets: env.WEBHOOK_SECRETS,
  eventsOut:
    env.EVENTS_SECRETS === undefined || env.EVENTS_HOSTS === undefined
      ? null
      : { hosts: env.EVENTS_HOSTS, secrets: env.EVENTS_SECRETS },
  publicBaseUrl: withoutSlash(env.PUBLIC_BASE_URL),
  identity: env.IDENTITY,
  clock: { factor: env.SYSTEM_CLOCK_FACTOR, originMs: env.SYSTEM_CLOCK_ORIGIN },
  schedules: { poll: env.POLL_SCHEDULE, watchdog: env.WATCHDOG_SCHEDULE },
});

/**
 * Reads the settings from the environment.
 * @throws CutoverError C101 with every problem at once; no value of a setting is ever part of a message.
 */
export const readSettings = (env: Readonly<Record<string, string | undefined>>): Settings => {
  const given = Object.fromEntries(
    Object.keys(settingsSchema.shape).flatMap((name) => {
      const value = env[name]?.trim() ?? '';
      return value === '' ? [] : [[name, value] as const];
    }),
  );
  const parsed = settingsSchema.safeParse(given, { error: inPlainWords });
  const problems = [
    ...(parsed.success ? [] : fieldProblems(parsed.error.issues)).map(
      ({ path, message }) => `${pathText(path)} ${message}`,
    ),
    ...safetyProblems(given, LCS_BASE_URLS),
  ];
  if (parsed.success && problems.length === 0) return toSettings(parsed.data);
  throw new CutoverError('C101', `${problems.length} problem(s): ${problems.join('; ')}`, { problems });
};
