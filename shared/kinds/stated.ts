import type { SqlServer } from '../contract/statement.ts';
import type { StatedOf, StatedReading } from '../contract/stated-reading.ts';
import { CutoverError } from '../core/errors.ts';
import type { Json } from '../core/json.ts';
import type { ReadingSource } from '../core/state.ts';
import type { KindReading, StepContext } from './kind.ts';
import { isAccessRefused } from './sources.ts';

type Of = StatedReading['of'];

/** What is to be stated, so that the same rules can judge it as would judge what the app reads itself. */
const WANTED: Readonly<Record<Of, string>> = {
  'server-facts':
    'what the servers say of themselves: version, edition, replication, SQL Server Agent, max text repl size, owner, sizes; of the target, whether its tables are seen',
  'ax-processes':
    'every process of AX that is connected to its database, by host and process id; [] where there is none',
  toolkit:
    'the distribution database and its publications as they are after the entry, and how many tables of AX the target holds',
  replication:
    'looks at Replication Monitor: of each publication its subscriptions, whether the snapshot is delivered, undistributed commands, what each agent does and says word for word, and the newest tracer token',
  figures: 'the two figures of each pair, exact',
};

/** What is read on the server of AX, and nowhere else. */
const AT_SOURCE: ReadonlySet<Of> = new Set(['ax-processes', 'toolkit', 'replication']);

/** Who answers for what is stated, as evidence keeps it. */
export type Provenance = {
  readonly by: string;
  readonly confirmedBy: string;
  readonly readBy: string;
  readonly server: string;
  /** When it was read, on the cutover's clock; the server's own is in the statement. */
  readonly takenAt: number;
  /** The hash of the statement. */
  readonly statement: string;
};

/** What two people state that somebody has read. */
export type Stated<O extends Of> = { readonly said: StatedOf<O>; readonly provenance: Provenance };

type Context = Pick<StepContext<unknown>, 'given' | 'cutoverId' | 'planned' | 'step' | 'bindings'>;

const iso = (instant: number): string => new Date(instant).toISOString();

/** What a statement proves must have happened before it was read: the step has begun, and whoever did it has said so (I8). */
const provenFrom = ({ step: { wait } }: Context): number =>
  Math.max(wait?.openedAt ?? 0, wait?.claim?.at ?? 0);

/** Nothing usable is stated: what is wanted, in which statement, and why the server is not read instead. */
export const notStated = ({ planned }: Pick<Context, 'planned'>, of: Of, lack: string, why: string) =>
  new CutoverError(
    'C510',
    `${lack}. Wanted is ${WANTED[of]} (kind "statement", stepId "${planned.id}", reading.of "${of}"). It is not read: ${why}`,
  );

/**
 * What the newest statement about the step says was read, once a second person has confirmed it; `why` tells why nobody
 * reads it. @throws {CutoverError} C510 where nothing usable is stated, C511 where nobody has confirmed it.
 */
export const statedOf = async <O extends Of>(context: Context, of: O, why: string): Promise<Stated<O>> => {
  const { given, cutoverId, planned, bindings } = context;
  const found = await given('statement');
  if (found === null) throw notStated(context, of, `nobody has given a statement about ${planned.id}`, why);
  const { upload, document } = found;
  const { reading, takenAt } = document;
  const named = `the newest statement about ${planned.id}, of ${upload.by.name}`;
  if (reading?.of !== of) throw notStated(context, of, `${named}, says nothing of it`, why);
  const bound = bindings.source.server;
  if (AT_SOURCE.has(of) && reading.server.toLowerCase() !== bound.toLowerCase()) {
    throw notStated(context, of, `${named}, is of ${reading.server}, not of ${bound}`, why);
  }
  const since = provenFrom(context);
  if (takenAt < since) {
    const lack = `${named}, is of ${iso(takenAt)}: before ${iso(since)}, so that it cannot prove what happened until then`;
    throw notStated(context, of, lack, why);
  }
  if (upload.confirmed === null) {
    const call = `POST /api/cutovers/${cutoverId}/uploads/${upload.hash}/confirmation`;
    // Of the message what looks like a secret is removed, and the hash does.
    throw new CutoverError('C511', `that of ${upload.by.name} about ${planned.id}`, { problems: [call] });
  }
  const { readBy, server } = reading;
  const people = { by: upload.by.name, confirmedBy: upload.confirmed.by.name };
  const provenance = { ...people, readBy, server, takenAt, statement: upload.hash };
  // Narrowed by `of`, which TypeScript does not see through the type parameter.
  return { said: reading as StatedOf<O>, provenance };
};

/** Why servers are not asked: the plan accepts no reading of them; null where it does. */
export const unaccepted = (
  { ports }: Pick<StepContext<unknown>, 'ports'>,
  accepts: readonly ReadingSource[],
  servers: readonly SqlServer[],
): string | null =>
  servers.every((server) => accepts.includes(ports.sql.sourceOf(server)))
    ? null
    : `the plan accepts here only what is ${accepts.join(' or ')}`;

/** Says at the gate who states it. */
export const saidBy = ({ readBy, server, takenAt, by, confirmedBy }: Provenance): string =>
  `; read by ${readBy} on ${server} ${iso(takenAt)}, stated by ${by} and confirmed by ${confirmedBy}`;

/** The body of a reading says who answers for it where it is stated. */
export type MaybeStated = { readonly stated?: Provenance };

/** The reading that a statement makes, with who answers for it. */
export const statedReading = <Body extends object>(
  body: Body,
  stated: Provenance,
): KindReading<Body & MaybeStated & Json> => ({
  source: 'stated',
  takenAt: stated.takenAt,
  // Only values of JSON are stated.
  body: { ...body, stated },
  said: saidBy(stated),
});

/** How a step reads servers, and what a statement tells in their place. */
type Ways<O extends Of, Body> = {
  readonly accepts: readonly ReadingSource[];
  readonly servers: readonly SqlServer[];
  readonly of: O;
  readonly read: () => Promise<KindReading<Body & MaybeStated & Json>>;
  readonly stated: (said: StatedOf<O>) => Body & object;
};

/**
 * Reads the servers, or takes what two people state where they cannot be read and the plan accepts it.
 * @throws {CutoverError} what reading throws, or as {@link statedOf} does.
 */
export const readOrStated = async <O extends Of, Body>(
  context: StepContext<unknown>,
  { accepts, servers, of, read, stated }: Ways<O, Body>,
): Promise<KindReading<Body & MaybeStated & Json>> => {
  let why = accepts.includes('stated') ? unaccepted(context, accepts, servers) : null;
  if (why === null) {
    try {
      return await read();
    } catch (error) {
      if (!accepts.includes('stated') || !isAccessRefused(error)) throw error;
      why = (error as CutoverError).message;
    }
  }
  const { said, provenance } = await statedOf(context, of, why);
  return statedReading(stated(said), provenance);
};
