import { CutoverError } from '../core/errors.ts';
import type { Snapshot, TableCount } from '../core/counts.ts';
import type { Snapshots } from '../kinds/kind-ports.ts';
import { hashOf, sha256 } from './canonical.ts';
import { READINGS } from './evidence-rows.ts';
import type { Row, Tables, Write } from './ports.ts';
import { packBody, spillKey, unpackBody } from './rows.ts';
import { countsPartOf, namesPartOf, partsOf, tablesOfPart } from './snapshot-parts.ts';

/** What makes a snapshot visible: written last, after all its parts. */
export type Manifest = Omit<Snapshot, 'tables'> & {
  readonly hash: string;
  /** The hashes of its parts of names; the first version had one for both. */
  readonly names: string | readonly string[];
  /** The hashes of its parts of counts; absent in the first version, which had one part under the hash of the snapshot. */
  readonly counts?: readonly string[];
  readonly tables: number;
};

/** After every time of a snapshot. */
const LATEST = 10 ** 14;
/** Where the snapshots begin that were taken at this time or before: newest first. */
const manifestFrom = (method: Snapshot['method'], takenAt: number): string =>
  `snapshot-${method}-${String(LATEST - takenAt).padStart(15, '0')}`;
/** Two snapshots of one moment have two rows, because a stored one never changes. */
const manifestKey = ({ method, takenAt }: Snapshot, hash: string): string =>
  `${manifestFrom(method, takenAt)}-${hash.slice(0, 12)}`;
const pointerKey = (hash: string): string => `hash-${hash}`;
/** Parts of names kept by a process: all snapshots of one scope share theirs. */
const NAMES_KEPT = 32;

const upserts = (key: string, body: unknown, stamp: string): Write[] =>
  packBody(body, stamp).map((properties, index) => ({ op: 'upsert', row: spillKey(key, index), properties }));

const manifestOf = (row: Row): Manifest => unpackBody([row], null) as Manifest;

/** A page of manifests, newest first, and where the next one begins. */
export type ManifestPage = { readonly manifests: readonly Manifest[]; readonly next: string | null };

/** Snapshots as the API shows them, besides what step kinds need; those taken after `at` are as if they were not there. */
export type SnapshotStore = Snapshots & {
  readonly count: (cutoverId: string) => Promise<number>;
  readonly list: (
    cutoverId: string,
    method: Snapshot['method'],
    limit: number,
    token: string | null,
  ) => Promise<ManifestPage>;
  /** One snapshot by its hash; null where there is none. */
  readonly byHash: (cutoverId: string, hash: string) => Promise<Snapshot | null>;
  readonly latest: (cutoverId: string, method: Snapshot['method'], at?: number) => Promise<Snapshot | null>;
  /** The newest of a method, newest first, at most `limit`. */
  readonly newest: (
    cutoverId: string,
    method: Snapshot['method'],
    limit: number,
    at?: number,
  ) => Promise<readonly Snapshot[]>;
};

/**
 * Snapshots over Table Storage: the table names once per cutover and scope, the counts packed, parts first and manifest
 * last, so that a half-written snapshot is invisible and a stored one never changes.
 */
export const makeSnapshotStore = (tables: Tables): SnapshotStore => {
  const namesKept = new Map<string, unknown>();

  const keepNames = (key: string, part: unknown): void => {
    namesKept.set(key, part);
    const [oldest] = namesKept.keys();
    if (namesKept.size > NAMES_KEPT && oldest !== undefined) namesKept.delete(oldest);
  };

  const storeNames = async (cutoverId: string, counted: readonly TableCount[]): Promise<string> => {
    const part = namesPartOf(counted);
    const hash = sha256(JSON.stringify(part));
    const kept = `${cutoverId} ${hash}`;
    if (!namesKept.has(kept)) {
      await tables.transact(READINGS, cutoverId, upserts(`names-${hash}`, part, hash));
      keepNames(kept, part);
    }
    return hash;
  };

  const storeCounts = async (
    cutoverId: string,
    counted: readonly TableCount[],
    takenAt: number,
  ): Promise<string> => {
    const part = countsPartOf(counted, takenAt);
    const hash = sha256(JSON.stringify(part));
    await tables.transact(READINGS, cutoverId, upserts(`counts-${hash}`, part, hash));
    return hash;
  };

  const body = async (cutoverId: string, key: string): Promise<unknown> => {
    const part = unpackBody(await tables.range(READINGS, cutoverId, key, `${key}/`), null);
    if (part === null) throw new CutoverError('C404', `${cutoverId}/${key} is gone`);
    return part;
  };

  const namesOf = async (cutoverId: string, hash: string): Promise<unknown> => {
    const kept = `${cutoverId} ${hash}`;
    if (!namesKept.has(kept)) keepNames(kept, await body(cutoverId, `names-${hash}`));
    return namesKept.get(kept);
  };

  const load = async (cutoverId: string, manifest: Manifest): Promise<Snapshot> => {
    const { hash, names, counts, ...rest } = manifest;
    const [namesParts, countsParts] = await Promise.all([
      Promise.all([names].flat().map((part) => namesOf(cutoverId, part))),
      Promise.all((counts ?? [hash]).map((part) => body(cutoverId, `counts-${part}`))),
    ]);
    const snapshot: Snapshot = {
      ...rest,
      tables: countsParts.flatMap((part, n) => tablesOfPart(namesParts[n], part, rest.takenAt)),
    };
    if (hashOf(snapshot) !== hash) throw new CutoverError('C404', `snapshot ${rest.id}`);
    return snapshot;
  };

  const page = async (
    cutoverId: string,
    method: Snapshot['method'],
    { from, limit, token }: { from: string; limit: number; token: string | null },
  ): Promise<ManifestPage> => {
    const query = { from, to: `snapshot-${method}-~`, limit, token };
    const { rows, next } = await tables.page(READINGS, cutoverId, query);
    return { manifests: rows.map(manifestOf), next };
  };

  const newest: SnapshotStore['newest'] = async (cutoverId, method, limit, at = LATEST) => {
    const { manifests } = await page(cutoverId, method, {
      from: manifestFrom(method, at),
      limit,
      token: null,
    });
    return await Promise.all(manifests.map((manifest) => load(cutoverId, manifest)));
  };

  const find = async (cutoverId: string, hash: string): Promise<Manifest | null> => {
    const pointer = await tables.get(READINGS, cutoverId, pointerKey(hash));
    if (pointer !== null) {
      const { key } = unpackBody([pointer], null) as { readonly key: string };
      const row = await tables.get(READINGS, cutoverId, key);
      return row === null ? null : manifestOf(row);
    }
    // Snapshots of the first version have no pointer.
    const rows = await tables.range(READINGS, cutoverId, 'snapshot-', 'snapshot-~');
    return rows.map(manifestOf).find((manifest) => manifest.hash === hash) ?? null;
  };

  return {
    store: async (cutoverId, snapshot) => {
      const { tables: counted, ...rest } = snapshot;
      const [names, counts]: [string[], string[]] = [[], []];
      for (const part of partsOf(counted)) {
        names.push(await storeNames(cutoverId, part));
        counts.push(await storeCounts(cutoverId, part, rest.takenAt));
      }
      const hash = hashOf(snapshot);
      const manifest: Manifest = { ...rest, hash, names, counts, tables: counted.length };
      const key = manifestKey(snapshot, hash);
      await tables.transact(READINGS, cutoverId, [
        ...upserts(key, manifest, hash),
        ...upserts(pointerKey(hash), { key }, hash),
      ]);
      return { hash };
    },
    list: (cutoverId, method, limit, token) =>
      page(cutoverId, method, { from: `snapshot-${method}-`, limit, token }),
    byHash: async (cutoverId, hash) => {
      const manifest = await find(cutoverId, hash);
      return manifest === null ? null : await load(cutoverId, manifest);
    },
    newest,
    latest: async (cutoverId, method, at) => (await newest(cutoverId, method, 1, at))[0] ?? null,
    comparisons: async (cutoverId, at = LATEST) => {
      const rows = await tables.range(READINGS, cutoverId, manifestFrom('exact', at), 'snapshot-exact-~');
      const manifests = rows.map(manifestOf).filter(({ sides }) => sides === 'both');
      const newest = new Map<string, Manifest>();
      for (const manifest of manifests) {
        const stepId = manifest.id.replace(/-\d+$/, '');
        if (!newest.has(stepId)) newest.set(stepId, manifest);
      }
      return await Promise.all([...newest.values()].map((manifest) => load(cutoverId, manifest)));
    },
    count: async (cutoverId) => (await tables.range(READINGS, cutoverId, 'snapshot-', 'snapshot-~')).length,
  };
};
