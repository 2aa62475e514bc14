import type { SqlServer } from './statement.ts';

/** The settings of the app, read once at its start. */
export type Settings = {
  readonly mode: 'development' | 'production';
  readonly serviceBus:
    | { readonly by: 'identity'; readonly namespace: string }
    | { readonly by: 'key'; readonly connectionString: string };
  readonly tables:
    | { readonly by: 'identity'; readonly endpoint: string }
    | { readonly by: 'key'; readonly connectionString: string };
  readonly tablePrefix: string;
  /** Connection strings for `mssql`; null where there is no access. */
  readonly sql: {
    readonly source: string | null;
    readonly distribution: string | null;
    readonly target: string | null;
  };
  /** The servers that collectors read, and the secrets these sign with; the app never connects to them. */
  readonly collectors: { readonly servers: readonly SqlServer[]; readonly secrets: readonly string[] };
  /** The file holds a bearer token of the person whose access it is, and nothing else. */
  readonly lcs: { readonly baseUrl: string; readonly accessTokenFile: string } | null;
  readonly dynamics: {
    readonly baseUrl: string;
    readonly tenantId: string;
    readonly clientId: string;
    readonly clientSecret: string;
    readonly tokenUrl: string;
  } | null;
  /** The first one signs; all of them are accepted, so that they can be rotated without a gap. */
  readonly webhookSecrets: readonly string[];
  /** The hosts that may be sent events, and the secrets from which those of subscriptions are made; null sends none. */
  readonly eventsOut: { readonly hosts: readonly string[]; readonly secrets: readonly string[] } | null;
  /** Where people and systems reach the app, without a slash at the end. */
  readonly publicBaseUrl: string;
  readonly identity: 'platform' | 'development';
  readonly clock: { readonly factor: number; readonly originMs: number };
  /** NCRONTAB expressions. */
  readonly schedules: { readonly poll: string; readonly watchdog: string };
};
