/** One piece of work: it begins once all it waits for has ended, its time has come, and there is a place. */
export type Job = {
  readonly id: string;
  readonly after: readonly string[];
  /** How long it takes from its beginning; infinite where nobody can say. */
  readonly durationMs: number;
  /** It does not begin earlier, whatever has ended. */
  readonly notBefore: number;
  /** When it ends, for a job that has begun already: it keeps its place until then. */
  readonly endAt: number | null;
  /** Whether it takes one of the places while it lasts. */
  readonly takesPlace: boolean;
};

/** When a job begins and ends, and the job whose end let it begin (null: only the time did, or it had begun). */
export type Slot = { readonly startAt: number; readonly endAt: number; readonly waitedFor: string | null };

/** A job among the others: its place in their order, for how many it still waits, and who waits for it. */
type Node = { readonly job: Job; readonly rank: number; open: number; readonly followers: Node[] };

/** What comes next: a job ends, or the time of one has come. */
type Turn = { readonly at: number; readonly node: Node; readonly what: 'end' | 'time' };

/** A job that may begin since an instant, and whose end it had waited for. */
type Ready = { readonly node: Node; readonly since: number; readonly by: string | null };

/** Keeps the turns in order of time, those of one instant in the order they were added. */
const insert = (turns: Turn[], turn: Turn): void => {
  turns.splice(turns.findLastIndex(({ at }) => at <= turn.at) + 1, 0, turn);
};

/** The jobs with who waits for whom, without names of no job; what has begun waits for nothing. */
const nodesOf = (jobs: readonly Job[]): readonly Node[] => {
  const nodes = jobs.map((job, rank): Node => ({ job, rank, open: 0, followers: [] }));
  const byId = new Map(nodes.map((node) => [node.job.id, node]));
  for (const node of nodes) {
    const after = node.job.endAt === null ? [...new Set(node.job.after)] : [];
    for (const other of after.flatMap((id) => byId.get(id) ?? [])) {
      other.followers.push(node);
      node.open += 1;
    }
  }
  return nodes;
};

/**
 * Begins every job as early as it may from an instant on, in the given order where places are short: as steps are
 * dispatched. Jobs that wait for each other in a circle get no slot.
 */
export const schedule = (jobs: readonly Job[], places: number, from: number): ReadonlyMap<string, Slot> => {
  const slots = new Map<string, Slot>();
  const turns: Turn[] = [];
  let ready: Ready[] = [];
  let taken = 0;

  const begin = (node: Node, startAt: number, waitedFor: string | null): void => {
    const { id, endAt: known, durationMs, takesPlace } = node.job;
    const endAt = known ?? startAt + durationMs;
    slots.set(id, { startAt, endAt, waitedFor });
    insert(turns, { at: endAt, node, what: 'end' });
    if (takesPlace) taken += 1;
  };
  const release = (node: Node, now: number, by: string | null): void => {
    if (node.job.notBefore > now) insert(turns, { at: node.job.notBefore, node, what: 'time' });
    else ready.push({ node, since: now, by });
  };
  const beginReady = (now: number, freedBy: string | null): void => {
    const inOrder = ready.toSorted((a, b) => a.node.rank - b.node.rank);
    ready = [];
    for (const one of inOrder) {
      if (one.node.job.takesPlace && taken >= places) ready.push(one);
      else begin(one.node, now, now > one.since ? freedBy : one.by);
    }
  };
  const end = ({ job, followers }: Node, now: number): void => {
    if (job.takesPlace) taken -= 1;
    for (const follower of followers) {
      follower.open -= 1;
      if (follower.open === 0) release(follower, now, job.id);
    }
  };

  const nodes = nodesOf(jobs);
  for (const node of nodes) {
    if (node.job.endAt !== null) begin(node, from, null);
    else if (node.open === 0) release(node, from, null);
  }
  beginReady(from, null);
  for (let turn = turns.shift(); turn !== undefined; turn = turns.shift()) {
    // What ended before is only known to have ended.
    const now = Math.max(turn.at, from);
    if (turn.what === 'end') end(turn.node, now);
    else ready.push({ node: turn.node, since: now, by: null });
    // Of what ends at one instant all places are free before any is taken.
    if (turns[0]?.at !== turn.at) beginReady(now, turn.node.job.id);
  }
  return slots;
};
