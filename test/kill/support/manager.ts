import type { Reply } from '../../../local/api.ts';
import type { StatusView } from '../../../shared/contract/status.ts';
import type { Actor } from '../../../shared/core/state.ts';
import type { Chance } from '../../simulation/support/random.ts';
import type { Client } from './client.ts';
import type { Call } from './history.ts';

/** What a manager works with. */
export type ManagerParts = {
  readonly client: Client;
  /** What the automations got. */
  readonly calls: readonly Call[];
  readonly by: Actor;
  readonly chance: Chance;
};

/** So often the manager meddles where nobody asked. */
const MEDDLES = 0.05;
const HOLDS = 0.3;
/** So likely a look at a held cutover ends its hold: it lasts some ten looks. */
const RESUMES = 0.1;

/**
 * The cutover manager, who answers what the people of a local run leave open: whether a request arrived, by looking at
 * who got it; a failed step is tried again, a hold is ended. Now and then the manager asks for what nobody needs.
 */
export const makeManager = ({ client, calls, by, chance }: ManagerParts) => {
  const done = new Set<string>();
  /** Until it is taken: what is asked while the cutover is held may be answered only from a later instant on. */
  const once = async (key: string, act: () => Promise<Reply>): Promise<void> => {
    if (done.has(key)) return;
    const { status } = await act();
    if (status < 400) done.add(key);
  };
  /** A hold, a dispatch too many, or something that is refused: the same answer is owed to all of them. */
  const meddle = async ({ id, phases, held }: StatusView): Promise<void> => {
    if (chance.happens(HOLDS) && held === null) {
      await client.post(`cutovers/${id}/hold`, by, { reason: 'One moment.' });
      return;
    }
    const step = chance.pick(phases.flatMap(({ steps }) => steps));
    const path = `cutovers/${id}/steps/${step.id}`;
    if (step.status === 'pending') await client.post(`${path}/retry`, by, { reason: 'Now.' });
    else if (step.status === 'succeeded') await client.post(`${path}/skip`, by, { reason: 'Enough.' });
    else await client.post(`${path}/redrive`, by, {});
  };
  return async (status: StatusView): Promise<void> => {
    const { id, waitingFor, held } = status;
    for (const { what, kind, stepId, attempt } of waitingFor) {
      const step = `cutovers/${id}/steps/${String(stepId)}`;
      const key = `${what} ${String(stepId)} ${String(attempt)}`;
      const happened = calls.some((call) => call.stepId === stepId && call.attempt === attempt);
      if (what === 'effect') await once(key, () => client.post(`${step}/effect`, by, { happened, attempt }));
      if (what === 'decision' && kind !== 'data-upgrade')
        await once(key, () => client.post(`${step}/retry`, by, { reason: 'Looked at: go on.' }));
      if (what === 'resume' && chance.happens(RESUMES))
        await once(`${what} ${String(held?.since)}`, () => client.post(`cutovers/${id}/resume`, by, {}));
    }
    if (chance.happens(MEDDLES)) await meddle(status);
  };
};
