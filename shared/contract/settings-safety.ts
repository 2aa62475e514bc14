/** The settings that were given, by name. */
type Given = Readonly<Record<string, string | undefined>>;

const ADDRESSES = [
  'TableStorage__endpoint',
  'LCS_BASE_URL',
  'DYNAMICS_BASE_URL',
  'DYNAMICS_TOKEN_URL',
  'PUBLIC_BASE_URL',
] as const;

const SQL = ['SOURCE_SQL_CONNECTION', 'DISTRIBUTION_SQL_CONNECTION', 'TARGET_SQL_CONNECTION'] as const;

const GROUPS = [
  ['COLLECTED_SERVERS', 'COLLECTOR_SECRETS'],
  ['EVENTS_HOSTS', 'EVENTS_SECRETS'],
  ['LCS_BASE_URL', 'LCS_ACCESS_TOKEN_FILE'],
  [
    'DYNAMICS_BASE_URL',
    'DYNAMICS_TENANT_ID',
    'DYNAMICS_CLIENT_ID',
    'DYNAMICS_CLIENT_SECRET',
    'DYNAMICS_TOKEN_URL',
  ],
] as const;

/** Two ways to reach the same service: by a key in a connection string, or by the identity of the app. */
const CONNECTIONS = [
  ['ServiceBusConnection', 'ServiceBusConnection__fullyQualifiedNamespace'],
  ['TableStorageConnection', 'TableStorage__endpoint'],
] as const;

const isLoopbackHost = (host: string): boolean =>
  /^(?:localhost|127(?:\.\d{1,3}){1,3}|\[?::1\]?|0\.0\.0\.0|\[?::\]?|\[?::ffff:7f[0-9a-f:.]*\]?)$/i.test(
    host.replace(/\.$/, ''),
  ) || /\.localhost\.?$/i.test(host);

const parseUrl = (address: string): URL | null => (URL.canParse(address) ? new URL(address) : null);

/** What is wrong with an address to call; in production also that of the machine itself. */
export const unsafeAddress = (name: string, address: string | undefined, production: boolean): string[] => {
  const url = address === undefined ? null : parseUrl(address);
  if (url === null) return [];
  const loopback = isLoopbackHost(url.hostname);
  if (url.username !== '' || url.password !== '') return [`${name} must not hold a user or a password`];
  if (production && loopback) return [`${name} must not point to this machine in production`];
  if (url.protocol !== 'https:' && (production || !loopback)) return [`${name} must begin with https://`];
  return [];
};

const partOf = (connection: string, names: string): string | null =>
  new RegExp(`(?:^|;)\\s*(?:${names})\\s*=\\s*([^;]*)`, 'i').exec(connection)?.[1]?.trim() ?? null;

const unsafeSql = (name: string, connection: string | undefined): string[] => {
  if (connection === undefined) return [];
  const server = partOf(connection, 'server|data source') ?? '';
  const host = server.replace(/^tcp:/i, '').replace(/[,\\].*$/, '');
  const isOn = (value: string | null): boolean => /^(?:true|yes|1|mandatory|strict)$/i.test(value ?? '');
  return [
    ...(isLoopbackHost(host) || /^(?:\.|\(local\)|\(localdb\))/i.test(host)
      ? [`${name} must not point to this machine in production`]
      : []),
    ...(isOn(partOf(connection, 'encrypt')) ? [] : [`${name} must say Encrypt=true in production`]),
  ];
};

const halfGroups = (given: Given): string[] =>
  GROUPS.flatMap((group) => {
    const missing = group.filter((name) => given[name] === undefined);
    if (missing.length === 0 || missing.length === group.length) return [];
    const present = group.find((name) => given[name] !== undefined);
    return missing.map((name) => `${name} is missing, although ${present} is given`);
  });

const wrongConnections = (given: Given, production: boolean): string[] =>
  CONNECTIONS.flatMap(([byKey, byIdentity]) => {
    const [key, identity] = [given[byKey], given[byIdentity]];
    if (key !== undefined && production) {
      return [`${byKey} holds a key, which production refuses; give ${byIdentity} instead`];
    }
    if (key !== undefined && identity !== undefined) return [`give ${byKey} or ${byIdentity}, not both`];
    if (key === undefined && identity === undefined) {
      return [production ? `${byIdentity} is missing` : `${byKey} or ${byIdentity} is missing`];
    }
    return [];
  });

/** A server is read by the app or by its collector: of two ways nobody would know which one a reading came. */
const readTwice = (given: Given): string[] =>
  (given.COLLECTED_SERVERS ?? '').split(',').flatMap((server) => {
    const name = `${server.trim().toUpperCase()}_SQL_CONNECTION`;
    return given[name] === undefined
      ? []
      : [`${name} must be left out where COLLECTED_SERVERS names ${server.trim()}`];
  });

const unknownLcs = ({ LCS_BASE_URL: address }: Given, known: readonly string[]): string[] => {
  const url = address === undefined ? null : parseUrl(address);
  if (url === null || isLoopbackHost(url.hostname) || known.includes(url.href.replace(/\/+$/, ''))) return [];
  return [`LCS_BASE_URL is none of ${known.join(', ')}`];
};

const productionProblems = (given: Given): string[] => [
  ...SQL.flatMap((name) => unsafeSql(name, given[name])),
  ...(given.IDENTITY === 'development'
    ? ['IDENTITY must be platform in production: the development identity believes whatever it is told']
    : []),
  ...(['SYSTEM_CLOCK_FACTOR', 'SYSTEM_CLOCK_ORIGIN'] as const)
    .filter(
      (name) => given[name] !== undefined && Number(given[name]) !== (name === 'SYSTEM_CLOCK_FACTOR' ? 1 : 0),
    )
    .map((name) => `${name} must be left out in production: time is not to be played with`),
];

/** What is wrong between settings, and what production refuses; without values, as some of them are secrets. */
export const safetyProblems = (given: Given, lcsBaseUrls: readonly string[]): readonly string[] => {
  // Whatever is not plainly development is held to the rules of production.
  const production = given.APP_MODE !== 'development';
  return [
    ...wrongConnections(given, production),
    ...halfGroups(given),
    ...readTwice(given),
    ...ADDRESSES.flatMap((name) => unsafeAddress(name, given[name], production)),
    ...unknownLcs(given, lcsBaseUrls),
    ...(production ? productionProblems(given) : []),
    ...(given.SYSTEM_CLOCK_FACTOR !== undefined && Number(given.SYSTEM_CLOCK_FACTOR) === 0
      ? ['SYSTEM_CLOCK_FACTOR must be above 0']
      : []),
  ];
};
