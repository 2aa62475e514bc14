import type { CutoverState } from '../../../shared/core/state.ts';
import { isTerminal } from '../../../shared/core/state.ts';
import type { Clients } from './clients.ts';
import type { Chapter, Check, Fail } from './history.ts';
import type { Asked } from './meddlers.ts';
import { inputIdOf } from './requests.ts';
import type { Ground } from './scenario.ts';
import type { Entry } from './simulated-bus.ts';

/** Holds between two messages, and ends her hold herself. */
export const HOLDER = { id: 'h1', name: 'Hanna' };

/** Longer than the time after which a dispatch that nobody answered is sent again. */
const HOLD_MS = 15 * 60_000;

const isHers = (state: CutoverState | null): boolean => state?.held?.by.id === HOLDER.id;

type Body = { readonly type?: unknown; readonly cutoverId?: unknown } & Readonly<Record<string, unknown>>;

/** The dispatch a message is of; null for what is of none. */
const dispatchOf = ({ type, stepId, attempt, dispatch }: Body): string | null =>
  type === 'step' ? `${String(stepId)}:${String(attempt)}:${String(dispatch)}` : null;

/** An input that came of the run of a step's function, and of which dispatch. */
const OF_A_RUN = /^[a-z-]+:(.+:\d+:\d+):[0-9a-f]{16}$/;

/**
 * Somebody who holds the cutover just before a given delivery, with whatever is queued or in hand then, and lets it go
 * on after a while; with `holdBefore` null she only counts what is delivered until the end.
 */
export const makeHolder = (
  { agenda, ledger }: Pick<Ground, 'agenda' | 'ledger'>,
  clients: () => Clients,
  holdBefore: number | null,
) => {
  /** The dispatches whose functions had begun before the hold: what they bring is recorded. */
  const begun = new Set<string>();
  let deliveries = 0;
  let phase: 'before' | 'asked' | 'answered' = 'before';

  const submit = (cutoverId: string, asked: Asked & { readonly type: 'hold' | 'resume' }): void => {
    clients().submit(cutoverId, { ...asked, id: inputIdOf(asked, `${asked.type}-between`) });
  };
  const resume = (cutoverId: string): void => {
    if (isHers(ledger.stateOf(cutoverId))) submit(cutoverId, { type: 'resume', by: HOLDER });
  };

  /** B20: what was queued does nothing when it is delivered while she holds. */
  const checkQueued = ({ before, number, fact }: Chapter, fail: Fail): void => {
    if (!isHers(before)) return;
    const [, dispatch] = OF_A_RUN.exec(fact.events[0]?.inputId ?? '') ?? [];
    if (dispatch !== undefined && !begun.has(dispatch))
      fail('B20', `commit ${number} is of the dispatch ${dispatch}, which was delivered during the hold`);
  };
  const check: Check =
    ({ cutoverId }, fail) =>
    (fact, chapter) => {
      if (chapter !== null) checkQueued(chapter, fail);
      if (phase !== 'asked' || fact.type !== 'answered' || !fact.inputId.endsWith('hold-between')) return;
      phase = 'answered';
      agenda.add(HOLD_MS, 'the hold has lasted long enough', () => {
        resume(cutoverId);
      });
    };
  ledger.alsoCheck(check);

  return {
    /** Messages delivered before the end. */
    deliveries: (): number => deliveries,
    /** Whether she waits for her hold to take effect: until then nothing is delivered. */
    isAwaited: (): boolean => phase === 'asked',
    /** Whether she steps in before this delivery. */
    stepsIn: ({ body }: Entry): boolean => {
      const { cutoverId, ...rest } = body as Body;
      const state = typeof cutoverId === 'string' ? ledger.stateOf(cutoverId) : null;
      if (state === null || isTerminal(state)) return false;
      if (phase === 'before' && deliveries + 1 === holdBefore) {
        phase = 'asked';
        submit(state.id, { type: 'hold', by: HOLDER, reason: 'stop here' });
        return true;
      }
      deliveries += 1;
      const dispatch = dispatchOf(rest);
      if (dispatch !== null && !isHers(state)) begun.add(dispatch);
      return false;
    },
  };
};
