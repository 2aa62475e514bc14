/** A step as far as the order of steps is concerned. */
export type GraphNode = { readonly id: string; readonly after: readonly string[] };

type Edges = ReadonlyMap<string, readonly string[]>;

/** What each node waits for, without names that are no node. */
const edgesOf = (nodes: readonly GraphNode[]): Edges => {
  const ids = new Set(nodes.map(({ id }) => id));
  return new Map(nodes.map(({ id, after }) => [id, after.filter((other) => ids.has(other))]));
};

const from = (edges: Edges, id: string): readonly string[] => edges.get(id) ?? [];

const reversed = (edges: Edges): Edges => {
  const back = new Map<string, string[]>();
  for (const [id, after] of edges) {
    for (const other of after) {
      const waiting = back.get(other);
      if (waiting) waiting.push(id);
      else back.set(other, [id]);
    }
  }
  return back;
};

/** Nodes in the order in which a depth-first walk leaves them; without recursion, so that a long chain is no danger. */
const leavingOrder = (edges: Edges): readonly string[] => {
  const seen = new Set<string>();
  const order: string[] = [];
  for (const root of edges.keys()) {
    const open: { id: string; next: number }[] = [];
    const enter = (id: string) => {
      if (seen.has(id)) return;
      seen.add(id);
      open.push({ id, next: 0 });
    };
    enter(root);
    for (let top = open.at(-1); top !== undefined; top = open.at(-1)) {
      const child = from(edges, top.id)[top.next];
      top.next += 1;
      if (child !== undefined) enter(child);
      else {
        order.push(top.id);
        open.pop();
      }
    }
  }
  return order;
};

/** All nodes that can be reached from a start, itself included, never entering `closed`. */
const reach = (edges: Edges, start: readonly string[], closed: ReadonlySet<string>): ReadonlySet<string> => {
  const found = new Set(start);
  // A set grows while it is walked, so this is a breadth-first walk.
  for (const id of found) {
    for (const other of from(edges, id)) if (!closed.has(other)) found.add(other);
  }
  return found;
};

/** Groups of nodes that wait for each other in a circle (strongly connected components that hold one). */
const knots = (edges: Edges): readonly ReadonlySet<string>[] => {
  const back = reversed(edges);
  const done = new Set<string>();
  const groups: ReadonlySet<string>[] = [];
  for (const id of leavingOrder(edges).toReversed()) {
    if (done.has(id)) continue;
    const group = reach(back, [id], done);
    for (const member of group) done.add(member);
    if (group.size > 1 || from(edges, id).includes(id)) groups.push(group);
  }
  return groups;
};

/** The shortest way from a node back to itself inside its knot. */
const shortestCircle = (edges: Edges, start: string, knot: ReadonlySet<string>): readonly string[] => {
  const cameFrom = new Map<string, string>();
  const found = new Set([start]);
  for (const id of found) {
    for (const other of from(edges, id)) {
      if (!knot.has(other) || found.has(other)) continue;
      cameFrom.set(other, id);
      found.add(other);
    }
  }
  const way = [start];
  const last = [...found].find((id) => from(edges, id).includes(start));
  for (let at = last; at !== undefined; at = cameFrom.get(at)) way.unshift(at);
  return way;
};

/** One circle of waiting per knot, each node waiting for the next, the first repeated at the end; in the given order. */
export const circlesOf = (nodes: readonly GraphNode[]): readonly (readonly string[])[] => {
  const edges = edgesOf(nodes);
  const knotOf = new Map(knots(edges).flatMap((knot) => [...knot].map((id) => [id, knot] as const)));
  const told = new Set<ReadonlySet<string>>();
  return nodes.flatMap(({ id }) => {
    const knot = knotOf.get(id);
    if (knot === undefined || told.has(knot)) return [];
    told.add(knot);
    return [shortestCircle(edges, id, knot)];
  });
};

/** Ids of the nodes that can never start, because they are in a circle of waiting or behind one; in the given order. */
export const unreachableOf = (nodes: readonly GraphNode[]): readonly string[] => {
  const edges = edgesOf(nodes);
  const inCircles = knots(edges).flatMap((knot) => [...knot]);
  const stuck = reach(reversed(edges), inCircles, new Set());
  return nodes.map(({ id }) => id).filter((id) => stuck.has(id));
};

/** Everything that must have passed before a node may start, the node itself excluded unless it is in a circle. */
export const ancestorsOf = (nodes: readonly GraphNode[], id: string): ReadonlySet<string> => {
  const edges = edgesOf(nodes);
  return reach(edges, from(edges, id), new Set());
};
