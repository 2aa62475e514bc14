import { CutoverError } from '../../../shared/core/errors.ts';
import type { Json } from '../../../shared/core/json.ts';
import type { Automation, Dynamics } from '../../../shared/kinds/kind-ports.ts';
import type { Fact } from './facts.ts';
import type { Owner, Scheduler } from './scheduler.ts';
import type { Temper } from './temper.ts';
import type { VirtualTime } from './virtual-time.ts';

/** What the engine asks the outside to do. */
export type Task = {
  readonly cutoverId: string;
  readonly stepId: string;
  readonly attempt: number;
  readonly token: string;
  readonly repeatable: boolean;
};

const keyOf = ({ cutoverId, stepId, attempt }: Omit<Task, 'token' | 'repeatable'>): string =>
  `${cutoverId} ${stepId} ${attempt}`;

const unreachable = () => new CutoverError('C801', 'the simulated network');

/** What nobody understands: a page of a proxy, half an answer, another type. */
const GARBAGE: readonly Json[] = [
  '<html>502 Bad Gateway</html>',
  null,
  {},
  { ready: 'yes', version: '1' },
  [],
];

/**
 * The world beyond the engine: it becomes what steps wait for after a while, does what it is asked to, counts how often
 * it was asked, and knows afterwards what really happened.
 */
export const makeOutside = (parts: {
  readonly time: VirtualTime;
  readonly scheduler: Scheduler;
  readonly record: (fact: Fact) => void;
  readonly temper: Temper;
  readonly onFired: (task: Task) => void;
}) => {
  const { time, scheduler, record, temper, onFired } = parts;
  const trueAt = new Map<string, number>();
  const fired = new Set<string>();
  const evidence = new Map<string, { version: number; changesAt: number }>();
  const faults = { failure: unreachable, mayLandLate: true };
  let answers = 0;

  const isSo = (what: string): boolean => {
    const at = trueAt.get(what) ?? time.now() + temper.takesMs(what);
    trueAt.set(what, at);
    return at <= time.now();
  };
  const seenEvidence = (step: string): Json => {
    const now = time.now();
    const last = evidence.get(step) ?? { version: 1, changesAt: now + temper.takesMs(step) };
    const isNew = last.changesAt <= now && temper.changes(step);
    const found = isNew ? { version: last.version + 1, changesAt: now + temper.takesMs(step) } : last;
    evidence.set(step, found);
    return { version: found.version };
  };
  const answer = (path: string): { status: number; body: Json } => {
    const [what = '', ...rest] = path.split(' ');
    const key = rest.join(' ');
    answers += 1;
    if (temper.isBug(key)) return { status: 500, body: null };
    if (temper.isCutOff(key)) throw unreachable();
    if (temper.isGarbage(key)) return { status: 200, body: GARBAGE[answers % GARBAGE.length] ?? null };
    if (what === 'world') return { status: 200, body: { ready: isSo(key) } };
    if (what === 'evidence') return { status: 200, body: seenEvidence(key) };
    return { status: 200, body: { happened: temper.knows(key) ? fired.has(key) : null } };
  };
  const act = (task: Task): { status: number; body: string } => {
    if (temper.refuses(task)) return { status: 422, body: 'not now' };
    const { cutoverId, stepId, attempt, repeatable } = task;
    const lost = temper.loses(task);
    if (lost === 'request') throw unreachable();
    record({ type: 'fired', cutoverId, stepId, attempt, repeatable });
    fired.add(keyOf(task));
    onFired(task);
    if (lost === 'reply') throw unreachable();
    return { status: 202, body: keyOf(task) };
  };

  return {
    /** What a person who goes and looks finds out. */
    happened: (cutoverId: string, stepId: string, attempt: number): boolean =>
      fired.has(keyOf({ cutoverId, stepId, attempt })),
    dynamics: (owner: Owner): Dynamics => ({
      get: (path) =>
        scheduler.call(owner, `ask ${path}`, () => answer(path), { ...faults, mayLandLate: false }),
    }),
    automation: (owner: Owner): Automation => ({
      call: (endpoint, body) => {
        const task = body as unknown as Task;
        const { cutoverId, stepId, attempt } = task;
        record({ type: 'left', cutoverId, stepId, attempt });
        return scheduler.call(owner, `fire ${endpoint}`, () => act(task), faults);
      },
    }),
  };
};

/** See {@link makeOutside}. */
export type Outside = ReturnType<typeof makeOutside>;
