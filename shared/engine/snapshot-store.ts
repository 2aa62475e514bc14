import { CutoverError } from '../core/errors.ts';
import type { Snapshot } from '../core/counts.ts';
import type { Json } from '../core/json.ts';
import type { Snapshots } from '../kinds/kind-ports.ts';
import { hashOf } from './canonical.ts';
import { READINGS } from './evidence-rows.ts';
import type { Tables, Write } from './ports.ts';
import { packBody, spillKey, unpackBody } from './rows.ts';

/** What makes a snapshot visible: written last, after all its parts. */
type Manifest = Omit<Snapshot, 'tables'> & {
  readonly hash: string;
  readonly names: string;
  readonly tables: number;
};

/** Newest first; the hash tells apart what two steps counted at one time of the cutover. */
const manifestKey = ({ method, takenAt }: Snapshot, hash: string): string =>
  `snapshot-${method}-${String(10 ** 14 - takenAt).padStart(15, '0')}-${hash}`;

const upserts = (key: string, body: unknown, stamp: string): Write[] =>
  packBody(body, stamp).map((properties, index) => ({ op: 'upsert', row: spillKey(key, index), properties }));

/** Snapshots as the API shows them, besides what step kinds need. */
export type SnapshotStore = Snapshots & {
  readonly count: (cutoverId: string) => Promise<number>;
  readonly latest: (cutoverId: string, method: Snapshot['method']) => Promise<Snapshot | null>;
  /** The newest exact comparison of each step that counts both sides. */
  readonly comparisons: (cutoverId: string) => Promise<readonly Snapshot[]>;
};

/**
 * Snapshots over Table Storage: the table names once per cutover and scope, the counts packed, parts first and manifest
 * last, so that a half-written snapshot is invisible and a stored one never changes.
 */
export const makeSnapshotStore = (tables: Tables): SnapshotStore => {
  const namesWritten = new Set<string>();

  const storeNames = async (cutoverId: string, names: readonly string[]): Promise<string> => {
    const hash = hashOf(names);
    if (!namesWritten.has(`${cutoverId} ${hash}`)) {
      await tables.transact(READINGS, cutoverId, upserts(`names-${hash}`, names, hash));
      namesWritten.add(`${cutoverId} ${hash}`);
    }
    return hash;
  };

  const body = async (cutoverId: string, key: string): Promise<unknown> =>
    unpackBody(await tables.range(READINGS, cutoverId, key, `${key}/`), null);

  const load = async (cutoverId: string, manifest: Manifest): Promise<Snapshot> => {
    const { hash, names: namesHash, ...rest } = manifest;
    const names = (await body(cutoverId, `names-${namesHash}`)) as readonly string[];
    const counts = (await body(cutoverId, `counts-${hash}`)) as readonly (readonly [
      number | null,
      number | null,
    ])[];
    const snapshot: Snapshot = {
      ...rest,
      tables: names.map((table, index) => {
        const [source = null, target = null] = counts[index] ?? [];
        return { table, source, target };
      }),
    };
    if (hashOf(snapshot) !== hash) throw new CutoverError('C404', `snapshot ${rest.id}`);
    return snapshot;
  };

  return {
    store: async (cutoverId, snapshot) => {
      const { tables: counted, ...rest } = snapshot;
      const names = await storeNames(
        cutoverId,
        counted.map(({ table }) => table),
      );
      const counts = counted.map(({ source, target }) => [source, target]);
      const hash = hashOf(snapshot);
      await tables.transact(READINGS, cutoverId, upserts(`counts-${hash}`, counts, hash));
      const manifest: Manifest = { ...rest, hash, names, tables: counted.length };
      await tables.transact(READINGS, cutoverId, upserts(manifestKey(snapshot, hash), manifest, hash));
      return { hash };
    },
    latest: async (cutoverId, method) => {
      const from = `snapshot-${method}-`;
      const page = await tables.page(READINGS, cutoverId, { from, to: `${from}~`, limit: 1, token: null });
      const manifest = unpackBody(page.rows, null) as Manifest | null;
      return manifest === null ? null : await load(cutoverId, manifest);
    },
    comparisons: async (cutoverId) => {
      const rows = await tables.range(READINGS, cutoverId, 'snapshot-exact-', 'snapshot-exact-~');
      const manifests = rows
        .map((row) => unpackBody([row], null) as Manifest)
        .filter(({ sides }) => sides === 'both');
      const newest = new Map<string, Manifest>();
      for (const manifest of manifests) {
        const stepId = manifest.id.replace(/-\d+$/, '');
        if (!newest.has(stepId)) newest.set(stepId, manifest);
      }
      return await Promise.all([...newest.values()].map((manifest) => load(cutoverId, manifest)));
    },
    count: async (cutoverId) => (await tables.range(READINGS, cutoverId, 'snapshot-', 'snapshot-~')).length,
    chunks: async (cutoverId, countingId) => {
      const from = `chunk-${countingId}-`;
      const rows = await tables.range(READINGS, cutoverId, from, `${from}~`);
      const chunks = new Map<number, Json>();
      for (const row of rows) {
        // What follows a number only goes on; anything else is of a counting whose id begins with this one's.
        if (!/^\d{6}$/.test(row.row.slice(from.length))) continue;
        const own = rows.filter((other) => other.row === row.row || other.row.startsWith(`${row.row}.`));
        chunks.set(Number(row.row.slice(from.length)), unpackBody(own, null) as Json);
      }
      return chunks;
    },
    storeChunk: async (cutoverId, countingId, chunk, counts) => {
      const key = `chunk-${countingId}-${String(chunk).padStart(6, '0')}`;
      await tables.transact(READINGS, cutoverId, upserts(key, counts, key));
    },
  };
};
