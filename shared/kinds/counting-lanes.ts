import type { CountPiece } from '../core/count-pieces.ts';
import { halvesOf } from '../core/count-pieces.ts';
import { CutoverError } from '../core/errors.ts';
import type { Json } from '../core/json.ts';
import type { LaneClaim } from './kind-ports.ts';
import type { StepContext } from './kind.ts';
import type { CountedPiece, CountingRound, Side } from './counting-round.ts';
import { LANES } from './counting-round.ts';
import { countPiece, timeoutMs } from './count-piece.ts';

/** A function begins no further piece after this time, unless a long one keeps it busy anyway, and is called again. */
const BUDGET_MS = 60_000;
/** No piece is begun that might not end within this time: the function itself is ended after nine minutes. */
const RUN_MS = 8.5 * 60_000;
/** A lane is another's this long after its statement must have ended: connecting and storing take a while. */
const GRACE_MS = 60_000;

/** A piece by its id: the side's letter, its place in the plan, and which half of a half. */
export type OpenPiece = { readonly id: string; readonly side: Side; readonly piece: CountPiece };

/** All pieces of a side as far as they are known, those that were halved by their halves. */
export const piecesOn = (
  { plan, counts }: Pick<CountingRound, 'plan' | 'counts'>,
  side: Side,
): readonly OpenPiece[] => {
  const known = (id: string, piece: CountPiece): readonly OpenPiece[] => {
    const halves = counts.get(id) === 'halved' ? halvesOf(piece) : null;
    return halves === null
      ? [{ id, side, piece }]
      : [...known(`${id}a`, halves[0]), ...known(`${id}b`, halves[1])];
  };
  return plan.pieces[side].flatMap((piece, index) =>
    known(`${side[0] ?? ''}${String(index).padStart(6, '0')}`, piece),
  );
};

/**
 * Counts open pieces, largest first, in the lanes that are free, until none is left or the time is up; gives whether
 * the next look is to follow at once. In one function, because it is the server that limits a counting and not the processes; what is lost
 * with it is found by the next look.
 */
export const countInLanes = async (
  { ports, cutoverId, now }: StepContext<unknown>,
  round: CountingRound,
  sides: readonly Side[],
): Promise<boolean> => {
  const { countings, elapsedMs } = ports;
  const counts = new Map<string, CountedPiece>(round.counts);
  const taken = new Set<string>();
  const begun = new Set<string>();
  let longOnes = 0;

  const mayBegin = ({ piece }: OpenPiece): boolean =>
    (longOnes > 0 || elapsedMs() < BUDGET_MS) && elapsedMs() + timeoutMs(piece) <= RUN_MS;
  const next = (side: Side): OpenPiece | undefined =>
    piecesOn({ plan: round.plan, counts }, side).find(
      (open) => !counts.has(open.id) && !taken.has(open.id) && mayBegin(open),
    );

  const count = async (open: OpenPiece, claim: LaneClaim, at: number): Promise<void> => {
    const long = open.piece.of === 'long' ? 1 : 0;
    longOnes += long;
    let kept: Json = null;
    try {
      const counted = await countPiece(ports.sql, round.plan, open);
      const piece = counted === 'halved' ? counted : { at, counts: [...counted] };
      counts.set(open.id, piece);
      kept = piece;
    } finally {
      longOnes -= long;
      await countings.release(cutoverId, claim, kept);
    }
  };

  const run = async (side: Side, lane: number): Promise<void> => {
    for (let open = next(side); open !== undefined; open = next(side)) {
      taken.add(open.id);
      const at = now + Math.ceil(elapsedMs());
      const until = at + timeoutMs(open.piece) + GRACE_MS;
      const of = { countingId: round.id, round: round.round, piece: open.id };
      const claim = { server: side, lane, of, until };
      const answer = await countings.claim(cutoverId, claim, at);
      if (answer === 'piece-taken') continue;
      if (answer === 'lane-busy') {
        taken.delete(open.id);
        return;
      }
      begun.add(open.id);
      await count(open, claim, at);
    }
  };

  const lanes = sides.flatMap((side) => Array.from({ length: LANES }, (_, lane) => run(side, lane)));
  const failed = (await Promise.allSettled(lanes)).filter((lane) => lane.status === 'rejected');
  // What is no error of the outside is a bug, and must not hide behind one.
  const worst = failed.find(({ reason }) => !(reason instanceof CutoverError)) ?? failed[0];
  if (worst !== undefined) throw worst.reason;
  // Out of time before it could begin: the next look has time again.
  return begun.size > 0 || elapsedMs() >= BUDGET_MS;
};
