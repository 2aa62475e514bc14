import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { readSettings, settingsSchema } from '../../../shared/contract/settings.ts';
import { CutoverError } from '../../../shared/core/errors.ts';

const SECRET = `whsec_${btoa('x'.repeat(32))}`;

const DEVELOPMENT = {
  APP_MODE: 'development',
  ServiceBusConnection: 'Endpoint=sb://127.0.0.1;SharedAccessKeyName=k;SharedAccessKey=canary-bus',
  TableStorageConnection: 'UseDevelopmentStorage=true',
  WEBHOOK_SECRETS: SECRET,
  PUBLIC_BASE_URL: 'http://127.0.0.1:7071/',
  IDENTITY: 'development',
};

const PRODUCTION = {
  APP_MODE: 'production',
  ServiceBusConnection__fullyQualifiedNamespace: 'contoso-cutover.servicebus.windows.net',
  TableStorage__endpoint: 'https://contosocutover.table.core.windows.net',
  WEBHOOK_SECRETS: SECRET,
  PUBLIC_BASE_URL: 'https://cutover.contoso.com',
};

const problemsOf = (env: Record<string, string | undefined>): readonly string[] => {
  try {
    readSettings(env);
    return [];
  } catch (error) {
    if (error instanceof CutoverError && error.code === 'C101') return error.problems;
    throw error;
  }
};

describe('readSettings', () => {
  it('reads the least a development machine needs, everything else by default', () => {
    expect(readSettings(DEVELOPMENT)).toEqual({
      mode: 'development',
      serviceBus: { by: 'key', connectionString: DEVELOPMENT.ServiceBusConnection },
      tables: { by: 'key', connectionString: 'UseDevelopmentStorage=true' },
      tablePrefix: 'axcutover',
      sql: { source: null, distribution: null, target: null },
      collectors: { servers: [], secrets: [] },
      lcs: null,
      dynamics: null,
      webhookSecrets: [SECRET],
      eventsOut: null,
      publicBaseUrl: 'http://127.0.0.1:7071',
      identity: 'development',
      clock: { factor: 1, originMs: 0 },
      schedules: { poll: '*/15 * * * * *', watchdog: '0 * * * * *' },
    });
  });

  it('reads a production app that is reached by identity', () => {
    const env = {
      ...PRODUCTION,
      SOURCE_SQL_CONNECTION: 'Server=tcp:ax.contoso.com,1433;Database=AX;User Id=m;Password=p;Encrypt=true',
      LCS_BASE_URL: 'https://lcsapi.eu.lcs.dynamics.com/',
      LCS_ACCESS_TOKEN_FILE: '/mnt/token',
      WEBHOOK_SECRETS: `${SECRET}, ${SECRET}`,
      COLLECTED_SERVERS: 'distribution, target',
      COLLECTOR_SECRETS: `${SECRET},${SECRET}`,
      EVENTS_HOSTS: 'events.contoso.com, *.logic.azure.com',
      EVENTS_SECRETS: SECRET,
    };
    expect(readSettings(env)).toMatchObject({
      serviceBus: { by: 'identity', namespace: 'contoso-cutover.servicebus.windows.net' },
      tables: { by: 'identity', endpoint: 'https://contosocutover.table.core.windows.net' },
      sql: { source: env.SOURCE_SQL_CONNECTION, target: null },
      lcs: { baseUrl: 'https://lcsapi.eu.lcs.dynamics.com', accessTokenFile: '/mnt/token' },
      collectors: { servers: ['distribution', 'target'], secrets: [SECRET, SECRET] },
      webhookSecrets: [SECRET, SECRET],
      eventsOut: { hosts: ['events.contoso.com', '*.logic.azure.com'], secrets: [SECRET] },
      identity: 'platform',
    });
  });

  it.each<[string, Record<string, string>, unknown[]]>([
    [
      'collectors without secrets',
      { COLLECTED_SERVERS: 'source' },
      ['COLLECTOR_SECRETS is missing, although COLLECTED_SERVERS is given'],
    ],
    [
      'a server nobody knows',
      { COLLECTED_SERVERS: 'source,publisher', COLLECTOR_SECRETS: SECRET },
      [expect.stringContaining('COLLECTED_SERVERS')],
    ],
    [
      'a server that is read in two ways',
      {
        COLLECTED_SERVERS: 'source, distribution',
        COLLECTOR_SECRETS: SECRET,
        DISTRIBUTION_SQL_CONNECTION: 'Server=ax;Database=msdb',
      },
      ['DISTRIBUTION_SQL_CONNECTION must be left out where COLLECTED_SERVERS names distribution'],
    ],
    [
      'receivers of events without a secret',
      { EVENTS_HOSTS: 'events.contoso.com' },
      ['EVENTS_SECRETS is missing, although EVENTS_HOSTS is given'],
    ],
    ...['https://events.contoso.com', '*', 'events.*', 'events.contoso.com/hook', 'a,,b'].map(
      (hosts): [string, Record<string, string>, unknown[]] => [
        `receivers of events at ${hosts}`,
        { EVENTS_HOSTS: hosts, EVENTS_SECRETS: SECRET },
        ['EVENTS_HOSTS must be names of hosts, or *. and a domain, separated by commas'],
      ],
    ),
    [
      'a half group',
      { LCS_ACCESS_TOKEN_FILE: 'x' },
      ['LCS_BASE_URL is missing, although LCS_ACCESS_TOKEN_FILE is given'],
    ],
    [
      'both ways to the same service',
      { TableStorage__endpoint: 'https://a.table.core.windows.net' },
      ['give TableStorageConnection or TableStorage__endpoint, not both'],
    ],
    [
      'no way to a service',
      { ServiceBusConnection: '' },
      ['ServiceBusConnection or ServiceBusConnection__fullyQualifiedNamespace is missing'],
    ],
    [
      'a short webhook secret',
      { WEBHOOK_SECRETS: `whsec_${btoa('short')}` },
      ['WEBHOOK_SECRETS must be secrets whsec_… of 24 to 64 bytes in base64, separated by commas'],
    ],
    [
      'a webhook secret that is not base64',
      { WEBHOOK_SECRETS: 'whsec_!!!!' },
      ['WEBHOOK_SECRETS must be secrets whsec_… of 24 to 64 bytes in base64, separated by commas'],
    ],
    ['no webhook secret', { WEBHOOK_SECRETS: ' ' }, ['WEBHOOK_SECRETS is missing']],
    [
      'http to another machine',
      { PUBLIC_BASE_URL: 'http://10.0.0.1' },
      ['PUBLIC_BASE_URL must begin with https://'],
    ],
    [
      'credentials in an address',
      { PUBLIC_BASE_URL: 'https://me:secret@contoso.com' },
      ['PUBLIC_BASE_URL must not hold a user or a password'],
    ],
    [
      'something that is no address',
      { PUBLIC_BASE_URL: 'contoso' },
      ['PUBLIC_BASE_URL is not a URL that begins with https://'],
    ],
    [
      'a connection string without a database',
      { TARGET_SQL_CONNECTION: 'Server=x' },
      ['TARGET_SQL_CONNECTION is not a connection string with Server and Database'],
    ],
    ['a clock that stands', { SYSTEM_CLOCK_FACTOR: '0' }, ['SYSTEM_CLOCK_FACTOR must be above 0']],
    [
      'a schedule of five fields',
      { POLL_SCHEDULE: '* * * * *' },
      ['POLL_SCHEDULE is not an NCRONTAB expression of six fields'],
    ],
    [
      'a Lifecycle Services nobody documents',
      { LCS_BASE_URL: 'https://lcsapi.example.com', LCS_ACCESS_TOKEN_FILE: 'x' },
      [expect.stringMatching(/^LCS_BASE_URL is none of https:\/\/lcsapi\.lcs\.dynamics\.com, /)],
    ],
  ])('refuses %s', (_case, change, expected) => {
    expect(problemsOf({ ...DEVELOPMENT, ...change })).toEqual(expected);
  });

  it.each<[string, Record<string, string>, string]>([
    [
      'keys for Service Bus',
      { ServiceBusConnection: DEVELOPMENT.ServiceBusConnection },
      'ServiceBusConnection holds a key, which production refuses; give ServiceBusConnection__fullyQualifiedNamespace instead',
    ],
    [
      'keys for tables',
      { TableStorageConnection: 'AccountName=a;AccountKey=b' },
      'TableStorageConnection holds a key, which production refuses; give TableStorage__endpoint instead',
    ],
    ['http', { PUBLIC_BASE_URL: 'http://cutover.contoso.com' }, 'PUBLIC_BASE_URL must begin with https://'],
    [
      'loopback',
      { PUBLIC_BASE_URL: 'https://localhost' },
      'PUBLIC_BASE_URL must not point to this machine in production',
    ],
    [
      'loopback written as a number',
      { PUBLIC_BASE_URL: 'https://2130706433' },
      'PUBLIC_BASE_URL must not point to this machine in production',
    ],
    [
      'loopback in IPv6',
      { PUBLIC_BASE_URL: 'https://[::ffff:127.0.0.1]' },
      'PUBLIC_BASE_URL must not point to this machine in production',
    ],
    [
      'a SQL Server on this machine',
      { SOURCE_SQL_CONNECTION: 'Server=127.0.0.1,1433;Database=AX;Encrypt=true' },
      'SOURCE_SQL_CONNECTION must not point to this machine in production',
    ],
    [
      'unencrypted SQL',
      { SOURCE_SQL_CONNECTION: 'Server=ax;Database=AX' },
      'SOURCE_SQL_CONNECTION must say Encrypt=true in production',
    ],
    [
      'the development identity',
      { IDENTITY: 'development' },
      'IDENTITY must be platform in production: the development identity believes whatever it is told',
    ],
    [
      'a fast clock',
      { SYSTEM_CLOCK_FACTOR: '60' },
      'SYSTEM_CLOCK_FACTOR must be left out in production: time is not to be played with',
    ],
    [
      'a moved clock',
      { SYSTEM_CLOCK_ORIGIN: '1' },
      'SYSTEM_CLOCK_ORIGIN must be left out in production: time is not to be played with',
    ],
    ['no signature secret', { WEBHOOK_SECRETS: '' }, 'WEBHOOK_SECRETS is missing'],
  ])('refuses %s in production', (_case, change, expected) => {
    expect(problemsOf({ ...PRODUCTION, ...change })).toEqual([expected]);
  });

  it('takes a clock in production that says the plain truth', () => {
    expect(problemsOf({ ...PRODUCTION, SYSTEM_CLOCK_FACTOR: '1', SYSTEM_CLOCK_ORIGIN: '0' })).toEqual([]);
  });

  it('names the modes there are when it is given another', () => {
    expect(problemsOf({ ...PRODUCTION, APP_MODE: 'test' })).toEqual([
      'APP_MODE is not "development" or "production"',
    ]);
  });

  it('holds a missing mode to the rules of production', () => {
    const { APP_MODE: _mode, ...withoutMode } = DEVELOPMENT;
    expect(problemsOf(withoutMode)).toEqual([
      'APP_MODE is missing',
      expect.stringContaining('ServiceBusConnection holds a key'),
      expect.stringContaining('TableStorageConnection holds a key'),
      'PUBLIC_BASE_URL must not point to this machine in production',
      expect.stringContaining('IDENTITY must be platform'),
    ]);
  });

  it('tells every problem at once, and never a value', () => {
    const names = Object.keys(settingsSchema.shape);
    const env = Object.fromEntries(names.map((name) => [name, `canary-${name}-value`]));
    const problems = problemsOf({ ...env, APP_MODE: 'production' });
    for (const name of [
      'ServiceBusConnection',
      'SOURCE_SQL_CONNECTION',
      'WEBHOOK_SECRETS',
      'POLL_SCHEDULE',
      'IDENTITY',
    ]) {
      expect(problems).toEqual(expect.arrayContaining([expect.stringContaining(name)]));
    }
    expect(problems.join('\n')).not.toContain('canary');
  });
});

describe('local.settings.sample.json', () => {
  const sample = z
    .strictObject({ IsEncrypted: z.literal(false), Values: z.record(z.string(), z.string()) })
    .parse(JSON.parse(readFileSync(new URL('../../../local.settings.sample.json', import.meta.url), 'utf8')));

  it('is usable as it stands', () => {
    expect(readSettings(sample.Values)).toMatchObject({ mode: 'development', identity: 'development' });
  });

  it('names exactly the settings there are, and the two of the host', () => {
    const { FUNCTIONS_WORKER_RUNTIME: runtime, AzureWebJobsStorage: storage, ...ours } = sample.Values;
    expect([runtime, storage]).toEqual(['node', 'UseDevelopmentStorage=true']);
    expect(Object.keys(ours).sort()).toEqual(Object.keys(settingsSchema.shape).sort());
  });
});
