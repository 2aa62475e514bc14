import type { StatusView, WaitingForView } from '../shared/contract/status.ts';
import type { Bindings } from '../shared/contract/bindings.ts';
import type { Plan, PlanStep } from '../shared/core/plan.ts';
import type { Actor } from '../shared/core/state.ts';
import type { Api } from './api.ts';
import type { FaultName } from './arguments.ts';
import { chanceBetween } from './world/chance.ts';
import type { Outcome } from './world/history.ts';
import type { World } from './world/world.ts';
import { deedOf, remedyOf } from './deeds.ts';

/** What the people of a local run work with: only the public API of the app, and their own systems. */
export type PeopleParts = {
  readonly api: Api;
  readonly world: World;
  readonly plan: Plan;
  readonly bindings: Bindings;
  readonly seed: number;
  readonly fault: FaultName | null;
};

const MINUTE_MS = 60_000;

/** A question somebody has taken up: they think until `at`, then act; once they acted they wait for the end. */
type Chore = { at: number; acted: boolean; answered: boolean };

/** Answers what a cutover asks people, as they would: after a while, by doing it, then saying so. */
export type People = {
  /** Looks at the status once and does what is due; false when only decisions are left that nobody here takes. */
  readonly look: (status: StatusView) => Promise<void>;
  /** Whether everything it waits for is a decision these people leave to whoever plays the cutover manager. */
  readonly isLeftAlone: (status: StatusView) => boolean;
};

/** See {@link People}. */
export const makePeople = ({ api, world, plan, bindings, seed, fault }: PeopleParts): People => {
  const chores = new Map<string, Chore>();
  const planned = new Map(plan.steps.map((step) => [step.id, step]));
  const everybody = new Map(
    Object.values(bindings.people).flatMap((people) => people.map((person) => [person.id, person])),
  );

  const choreOf = (key: string, longestMs = 4 * MINUTE_MS): Chore => {
    const known = chores.get(key);
    if (known) return known;
    const chore = {
      at: world.clock.now() + chanceBetween(seed, MINUTE_MS, longestMs, 'reaction', key),
      acted: false,
      answered: false,
    };
    chores.set(key, chore);
    return chore;
  };

  const holderOf = (role: string): Actor => bindings.people[role]?.[0] ?? { id: role, name: role };

  /** Does the thing; a refusal of the real system is tried again a little later. */
  const act = (chore: Chore, deed: () => Outcome): boolean => {
    if (chore.acted) return true;
    const outcome = deed();
    if (!outcome.accepted) {
      chore.at = world.clock.now() + 2 * MINUTE_MS;
      return false;
    }
    chore.acted = true;
    chore.at = outcome.finishesAt;
    return true;
  };

  /** Makes the call that the status names; nobody who asks rightly is refused as a stranger, or asks for nothing there is. */
  const answer = async ({ next }: WaitingForView, by: Actor, body: unknown): Promise<void> => {
    const { status, body: said } = await api.post(next.replace(/^POST \/api\//, ''), by, body);
    if ([400, 401, 404].includes(status)) throw new Error(`${next} by ${by.id}: ${JSON.stringify(said)}`);
  };

  const complete = async (item: WaitingForView, step: PlanStep): Promise<void> => {
    const chore = choreOf(`${step.id}:${String(item.attempt)}`);
    if (chore.answered || world.clock.now() < chore.at) return;
    if (!act(chore, deedOf(world, step)) || world.clock.now() < chore.at) return;
    chore.answered = true;
    await answer(item, holderOf(step.owner), { result: 'pass', note: '' });
  };

  const approve = async (item: WaitingForView, step: PlanStep): Promise<void> => {
    const refuses = fault === 'approval-refused' && step.id === 'approve-downtime';
    for (const id of item.who.split(', ')) {
      const chore = choreOf(`${step.id}:${String(item.attempt)}:${String(item.evidenceHash)}:${id}`);
      const by = everybody.get(id);
      if (by === undefined || chore.answered || world.clock.now() < chore.at) continue;
      chore.answered = true;
      const decision = refuses ? 'deny' : 'approve';
      const comment = refuses ? 'The month-end close is not finished.' : '';
      await answer(item, by, { decision, comment, evidenceHash: item.evidenceHash });
    }
  };

  const mend = async (item: WaitingForView, step: PlanStep, cutoverId: string): Promise<void> => {
    const remedy = remedyOf(world, step);
    const chore = choreOf(`mend:${step.id}:${String(item.attempt)}`, 15 * MINUTE_MS);
    if (remedy === null || chore.answered || world.clock.now() < chore.at || !act(chore, remedy)) return;
    chore.answered = true;
    const reason = 'The cause is mended.';
    await api.post(`cutovers/${cutoverId}/steps/${step.id}/retry`, holderOf('cutover-manager'), { reason });
  };

  return {
    look: async ({ id, waitingFor }) => {
      for (const item of waitingFor) {
        const step = planned.get(item.stepId ?? '');
        if (step === undefined) continue;
        if (item.what === 'completion' && !item.who.startsWith('the automation')) await complete(item, step);
        if (item.what === 'approval') await approve(item, step);
        if (item.what === 'decision') await mend(item, step, id);
      }
    },
    isLeftAlone: ({ waitingFor, phases }) => {
      const isLeft = (item: WaitingForView): boolean => {
        const step = planned.get(item.stepId ?? '');
        return item.what === 'decision' && step !== undefined && remedyOf(world, step) === null;
      };
      const working = phases.some(({ steps }) =>
        steps.some(
          ({ status, kind }) =>
            status === 'running' || (status === 'waiting' && kind !== 'replication-watch'),
        ),
      );
      return !working && waitingFor.length > 0 && waitingFor.every(isLeft);
    },
  };
};
