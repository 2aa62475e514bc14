import type { Json } from '../core/json.ts';
import type { Countings, LaneClaim, PieceKey } from '../kinds/kind-ports.ts';
import { READINGS } from './evidence-rows.ts';
import type { Row, Tables, Write } from './ports.ts';
import { StorageConflict } from './ports.ts';
import { packBody, spillKey, unpackBody } from './rows.ts';

/** Ids of steps hold dots and digits too: only what ends like this belongs to a counting, and not to one whose id begins alike. */
const PLAN = /^\d{3}$/;
const PIECE = /^[st]\d{6}[ab]*$/;

const roundKey = (countingId: string, round: number): string =>
  `${countingId}-${String(round).padStart(3, '0')}`;
const pieceKey = ({ countingId, round, piece }: PieceKey): string =>
  `chunk-${roundKey(countingId, round)}-${piece}`;

const bodyWrites = (op: 'insert' | 'upsert', key: string, body: Json, stamp: string): Write[] =>
  packBody(body, stamp).map((properties, index) => ({ op, row: spillKey(key, index), properties }));

/** The bodies whose key is `from` and then what `ending` allows, by that; their spill rows apart. */
const bodiesOf = (rows: readonly Row[], from: string, ending: RegExp): ReadonlyMap<string, Json> =>
  new Map(
    rows.flatMap(({ row }) => {
      const rest = row.slice(from.length);
      if (!ending.test(rest)) return [];
      const own = rows.filter((other) => other.row === row || other.row.startsWith(`${row}.`));
      return [[rest, unpackBody(own, null) as Json] as const];
    }),
  );

/**
 * Exact counts in progress, over Table Storage: the plan of each round, what each piece gave, and which lanes of a
 * server are busy. A lane is a row that names its piece until a time: whoever inserts it counts, so that a server is
 * asked by so many at a time whatever the number of processes, and what a dead process had in hand is free again later.
 */
export const makeCountingStore = (tables: Tables): Countings => {
  const bodies = async (
    cutoverId: string,
    from: string,
    ending: RegExp,
  ): Promise<ReadonlyMap<string, Json>> =>
    bodiesOf(await tables.range(READINGS, cutoverId, from, `${from}~`), from, ending);

  const plan: Countings['plan'] = async (cutoverId, countingId) => {
    const newest = [...(await bodies(cutoverId, `counting-${countingId}-`, PLAN))].at(-1);
    return newest === undefined ? null : { round: Number(newest[0]), plan: newest[1] };
  };

  /** The claim's own row, unless its time ran out and another has taken the lane. */
  const ownLane = async (cutoverId: string, claim: LaneClaim): Promise<Row | null> => {
    const row = await tables.get(READINGS, cutoverId, laneKey(claim));
    const { piece, until } = row?.properties ?? {};
    return row !== null && piece === pieceKey(claim.of) && until === claim.until ? row : null;
  };

  return {
    plan,
    storePlan: async (cutoverId, countingId, round, body) => {
      const key = `counting-${roundKey(countingId, round)}`;
      try {
        await tables.transact(READINGS, cutoverId, bodyWrites('insert', key, body, key));
        return body;
      } catch (error) {
        if (!(error instanceof StorageConflict)) throw error;
        // Somebody was first, or it was this very call: what is stored counts.
        return (await plan(cutoverId, countingId))?.plan ?? body;
      }
    },
    counts: (cutoverId, countingId, round) =>
      bodies(cutoverId, `chunk-${roundKey(countingId, round)}-`, PIECE),
    claim: async (cutoverId, claim, now) => {
      const from = `lane-${claim.server}-`;
      const lanes = await tables.range(READINGS, cutoverId, from, `${from}~`);
      const piece = pieceKey(claim.of);
      const isLive = ({ properties }: Row): boolean => Number(properties.until) > now;
      if (lanes.some((lane) => isLive(lane) && lane.properties.piece === piece)) return 'piece-taken';
      const own = lanes.find(({ row }) => row === laneKey(claim));
      if (own !== undefined && isLive(own)) return 'lane-busy';
      const write = { row: laneKey(claim), properties: { piece, until: claim.until } };
      try {
        await tables.transact(READINGS, cutoverId, [
          own === undefined ? { op: 'insert', ...write } : { op: 'replace', etag: own.etag, ...write },
        ]);
        return 'claimed';
      } catch (error) {
        if (error instanceof StorageConflict) return 'lane-busy';
        throw error;
      }
    },
    release: async (cutoverId, claim, counts) => {
      const key = pieceKey(claim.of);
      const counted = counts === null ? [] : bodyWrites('upsert', key, counts, key);
      const lane = await ownLane(cutoverId, claim);
      try {
        const freed: Write[] = lane === null ? [] : [{ op: 'remove', row: lane.row, etag: lane.etag }];
        if (counted.length + freed.length > 0)
          await tables.transact(READINGS, cutoverId, [...counted, ...freed]);
      } catch (error) {
        if (!(error instanceof StorageConflict)) throw error;
        // The lane went to another meanwhile; the count is as good.
        if (counted.length > 0) await tables.transact(READINGS, cutoverId, counted);
      }
    },
  };
};

const laneKey = ({ server, lane }: LaneClaim): string => `lane-${server}-${lane}`;
