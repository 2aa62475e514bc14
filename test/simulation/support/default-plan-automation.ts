import { perform } from '../../../local/automation.ts';
import type { World } from '../../../local/world/world.ts';
import { CutoverError } from '../../../shared/core/errors.ts';
import { sha256 } from '../../../shared/engine/canonical.ts';
import type { Automation } from '../../../shared/kinds/kind-ports.ts';
import type { Clients } from './clients.ts';
import type { Fact } from './facts.ts';
import type { Chance } from './random.ts';
import { inputIdOf } from './requests.ts';
import type { Owner, Scheduler } from './scheduler.ts';
import type { Agenda, VirtualTime } from './virtual-time.ts';

/** A task as the app hands it to the automation. */
type Task = {
  readonly what: string;
  readonly hosts: string[];
  readonly cutoverId: string;
  readonly stepId: string;
  readonly attempt: number;
  readonly token: string;
};

const NAME = { id: 'automation', name: 'Automation' };
/** Long enough that the app looks after a request of which it knows nothing before the answer comes. */
const LATEST_CALLBACK_MS = 40 * 60_000;
const unreachable = (): CutoverError => new CutoverError('C801', 'the automation');

/** The customer's automation: does in the world what it is asked, and calls back once it is done, now and then oddly. */
export const makePlanAutomation = (parts: {
  readonly chance: Chance;
  readonly time: VirtualTime;
  readonly agenda: Agenda;
  readonly scheduler: Scheduler;
  readonly world: World;
  readonly record: (fact: Fact) => void;
  readonly clients: () => Clients;
  readonly trouble: { readonly rate: number };
}) => {
  const { chance, time, agenda, scheduler, world, record, clients, trouble } = parts;
  const taken = new Set<string>();
  const lost = new Set<string>();
  const keyOf = (cutoverId: string, stepId: string, attempt: number): string =>
    `${cutoverId} ${stepId} ${attempt}`;

  const callBack = ({ cutoverId, stepId, attempt, token }: Task, isDone: boolean): void => {
    const submit = (suffix: string, result: 'pass' | 'fail', shown: string): void => {
      const claim = { result, by: NAME, note: '' };
      const key = `callback-${stepId}-${attempt}-${sha256(token).slice(0, 8)}${suffix}`;
      const id = inputIdOf({ type: 'complete' }, key);
      const tokenHash = sha256(shown);
      clients().submit(cutoverId, { id, type: 'complete', stepId, attempt, claim, tokenHash }, shown);
    };
    const result = isDone && !chance.happens(trouble.rate / 2) ? 'pass' : 'fail';
    if (chance.happens(trouble.rate)) submit('-stray', 'pass', sha256('the token of another question'));
    submit('', result, token);
    if (chance.happens(0.3)) submit('', result, token);
    if (chance.happens(trouble.rate)) submit('-changed', result === 'pass' ? 'fail' : 'pass', token);
  };

  const take = (task: Task): { readonly status: number; readonly body: string } => {
    if (chance.happens(trouble.rate)) return { status: 422, body: 'not now' };
    const { cutoverId, stepId, attempt } = task;
    const timesOut = chance.happens(trouble.rate);
    if (timesOut && chance.happens(0.5)) throw unreachable();
    const outcome = perform(world, task);
    if (outcome === null) return { status: 400, body: `nobody knows how to do ${task.what}` };
    record({ type: 'fired', cutoverId, stepId, attempt, repeatable: false });
    taken.add(keyOf(cutoverId, stepId, attempt));
    // Some report what they have only begun.
    const isHasty = chance.happens(trouble.rate * 2);
    const doneAfterMs = outcome.accepted && !isHasty ? Math.max(0, outcome.finishesAt - time.now()) : 0;
    const delayMs = chance.pick([0, 5_000, chance.below(LATEST_CALLBACK_MS)]);
    // It was restarted, and has forgotten whom to tell.
    if (chance.happens(trouble.rate * 2)) lost.add(keyOf(cutoverId, stepId, attempt));
    else
      agenda.add(doneAfterMs + delayMs, `${stepId} calls back`, () => {
        callBack(task, outcome.accepted);
      });
    if (timesOut) throw unreachable();
    return { status: chance.happens(trouble.rate) ? chance.pick([409, 500]) : 202, body: '' };
  };

  return {
    /** What somebody who looks into the automation's own log finds. */
    happened: (cutoverId: string, stepId: string, attempt: number): boolean =>
      taken.has(keyOf(cutoverId, stepId, attempt)),
    /** Whether it will never call back, as somebody who asks its owner learns. */
    isLost: (cutoverId: string, stepId: string, attempt: number): boolean =>
      lost.has(keyOf(cutoverId, stepId, attempt)),
    port: (owner: Owner): Automation => ({
      call: (_, body) => {
        const task = body as unknown as Task;
        const { cutoverId, stepId, attempt } = task;
        record({ type: 'left', cutoverId, stepId, attempt });
        const faults = { failure: unreachable, mayLandLate: true };
        return scheduler.call(owner, 'call the automation', () => take(task), faults);
      },
    }),
  };
};

/** See {@link makePlanAutomation}. */
export type PlanAutomation = ReturnType<typeof makePlanAutomation>;
