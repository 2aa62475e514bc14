import type { Bindings } from '../contract/bindings.ts';
import type { GivenDocument } from '../contract/upload.ts';
import { inPlainWords, problemLine } from '../contract/problem.ts';
import { isApproved } from '../core/approval.ts';
import { EFFECT_GRACE_MS } from '../core/doubt.ts';
import { isRefused } from '../core/draft.ts';
import { CutoverError } from '../core/errors.ts';
import type { InputOf, Judgement } from '../core/inputs.ts';
import type { Json } from '../core/json.ts';
import type { StepMessage } from '../core/messages.ts';
import type { Plan, PlanStep } from '../core/plan.ts';
import { allSteps } from '../core/plan.ts';
import type { CutoverState, StepState } from '../core/state.ts';
import { isStepActive, planOfAttempt } from '../core/state.ts';
import type { KindPorts, Lcs } from '../kinds/kind-ports.ts';
import type { EffectOutcome, Kind, KindReading, KindVerdict, StepContext } from '../kinds/kind.ts';
import { lackOfSource, notingSources } from '../kinds/sources.ts';
import { weakest } from '../kinds/verdicts.ts';
import type { Advance } from './advance.ts';
import { hashOf, sha256 } from './canonical.ts';
import type { CutoverStore } from './cutover-store.ts';
import { timeOf } from './cutover-time.ts';
import { isForPeople, nextOf, toldWhatIsStated, whoClears } from './lack.ts';
import type { Log } from './log.ts';
import { makeMutex } from './mutex.ts';
import type { Clock, Random } from './ports.ts';
import { placeOf } from './places.ts';
import type { ReadingsStore } from './readings-store.ts';
import { textWithoutSecrets } from './secret-text.ts';
import { sentInTime, whyUnwanted } from './sent-in-time.ts';
import type { Uploads } from './uploads.ts';

/** The outside as this process reaches it; Lifecycle Services by the project a cutover is bound to. */
export type Outside = Pick<KindPorts, 'sql' | 'dynamics' | 'automation'> & {
  readonly lcs: ((projectId: string) => Lcs) | null;
};

/** What the lifecycle of steps needs. */
export type RunStepParts = {
  readonly store: CutoverStore;
  readonly readings: ReadingsStore;
  readonly uploads: Pick<Uploads, 'newest'>;
  readonly advance: Advance;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  /** Starts to measure the machine's time: a function's limits run by it, whatever the cutover's clock does. */
  readonly stopwatch: () => () => number;
  readonly kindPorts: Outside & Pick<KindPorts, 'snapshots' | 'countings'>;
  readonly callbackUrl: (cutoverId: string, stepId: string, attempt: number) => string;
};

/** A dispatch as it stands in storage when its function runs. */
type Run = {
  readonly id: string;
  readonly kind: Kind;
  readonly message: StepMessage;
  readonly state: CutoverState;
  readonly plan: Plan;
  readonly planned: PlanStep;
  readonly step: StepState;
  readonly bindings: Bindings;
};

/** Documents that may speak of one step; what is not said of it is said of all, statements apart. */
const OF_STEP: ReadonlySet<GivenDocument['kind']> = new Set(['statement', 'toolkit-counts']);

/** What a step asks when it opens. */
type Question = Omit<InputOf<'open'>, 'id' | 'type' | 'stepId' | 'attempt'>;

/** The stored parameters as the kind takes them. Throws C326 for those of a version that took others. */
const paramsOf = ({ kind, planned }: Run): unknown => {
  const parsed = kind.params.safeParse(planned.params, { error: inPlainWords });
  if (parsed.success) return parsed.data;
  throw new CutoverError('C326', `${planned.id}: ${problemLine(parsed.error, 'the parameters')}`);
};

/** What is said of the outside may quote it: an answer, an error, the name of a job. */
const cleaned = <T extends { readonly message: string }>(said: T): T => ({
  ...said,
  message: textWithoutSecrets(said.message),
});

const withoutQuoted = (judgement: Judgement): Judgement => {
  if (judgement.verdict === 'failed') return { ...judgement, error: cleaned(judgement.error) };
  return judgement.verdict === 'not-yet' ? { ...judgement, unmet: judgement.unmet.map(cleaned) } : judgement;
};

/**
 * The one lifecycle of every kind: intent -> ask -> wait -> claimed -> read and judge, again at due times, until judged
 * or past the deadline. A run reads the head first and does nothing when held or when its dispatch is older (I7); it
 * may run twice harmlessly, because the first committed result wins (I9).
 */
export const makeRunStep = (parts: RunStepParts) => {
  const { store, readings, uploads, advance, clock, random, log } = parts;
  const turns = makeMutex();

  const load = async (kind: Kind, message: StepMessage): Promise<Run | string> => {
    const head = await store.readHead(message.cutoverId);
    if (head === null) return 'no such cutover';
    const { state } = head;
    const step = state.steps[message.stepId];
    if (step === undefined) return 'no such step';
    if (state.held) return 'held';
    if (!isStepActive(step)) return step.status;
    if (step.attempt !== message.attempt || step.dispatch !== message.dispatch) return 'an older dispatch';
    const { plan, bindings } = await store.readPlan(state.id, planOfAttempt(state, step));
    const planned = allSteps(plan).find(({ id }) => id === message.stepId);
    if (planned?.kind !== kind.name) return 'another kind';
    return { id: sha256(random.token()).slice(0, 16), kind, message, state, plan, planned, step, bindings };
  };

  const lcsOf = ({ lcs }: Bindings): Lcs | null =>
    lcs === null ? null : (parts.kindPorts.lcs?.(lcs.projectId) ?? null);

  const contextOf = (run: Run): StepContext<unknown> => {
    const { cutoverId, stepId, attempt } = run.message;
    return {
      cutoverId,
      state: run.state,
      plan: run.plan,
      planned: run.planned,
      step: run.step,
      bindings: run.bindings,
      params: paramsOf(run),
      now: timeOf(clock, run.state),
      ports: {
        ...parts.kindPorts,
        lcs: lcsOf(run.bindings),
        elapsedMs: parts.stopwatch(),
        hash: hashOf,
      },
      callbackUrl: parts.callbackUrl(cutoverId, stepId, attempt),
      readings: async (since, limit) =>
        readings.since(cutoverId, await placeOf(store, run.state, run.bindings), since, limit),
      given: async (kind) =>
        (OF_STEP.has(kind) ? await uploads.newest(run.state, kind, stepId) : null) ??
        (kind === 'statement' ? null : await uploads.newest(run.state, kind)),
    };
  };

  const attemptOf = ({ message }: Run) => ({ stepId: message.stepId, attempt: message.attempt });
  /** Every run is an input of its own: a dispatch may run again and find something else, and of two only one fires. */
  const inputId = ({ message: m, id }: Run, what: string): string =>
    `${what}:${m.stepId}:${m.attempt}:${m.dispatch}:${id}`;

  const judge = async (run: Run, judgement: Judgement): Promise<void> => {
    const { cutoverId } = run.message;
    const told = withoutQuoted(judgement);
    await advance(cutoverId, {
      id: inputId(run, 'judge'),
      type: 'judge',
      ...attemptOf(run),
      judgement: told,
    });
  };

  /** An error that trying again does not mend is told to whoever watches the step; as a dead letter nobody would see it. */
  const isFinal = (error: unknown): boolean => error instanceof CutoverError && !error.retriable;

  /** What cannot be reached or read is a condition of its own: the step waits and says so. */
  const unreadable = (run: Run, error: unknown): Judgement => {
    if (!(error instanceof CutoverError)) throw error;
    const { code, message } = error;
    if (!isForPeople(code)) log.readFailed(run.message.cutoverId, run.message.stepId, error);
    const condition = { code, message, who: whoClears(code, run.planned), next: nextOf(error) };
    return { verdict: 'not-yet', unmet: [condition], again: false };
  };

  const readAndJudge = async (run: Run): Promise<void> => {
    const asksApproval = run.step.wait?.asks === 'approval';
    let context: StepContext<unknown>;
    let reading: KindReading<Json>;
    try {
      context = contextOf(run);
      const { sql, used } = notingSources(context.ports.sql);
      const read = await run.kind.read({ ...context, ports: { ...context.ports, sql } });
      reading = { ...read, source: weakest([read.source, ...used()]) };
    } catch (error) {
      await judge(run, unreadable(run, error));
      return;
    }
    let verdict: KindVerdict;
    let hash = '';
    try {
      verdict = run.kind.judge(context, reading);
      if (verdict.verdict === 'done') {
        verdict = lackOfSource(run.kind.accepts?.(context.params) ?? null, reading.source) ?? verdict;
      }
      if (verdict.verdict === 'done') {
        hash = await readings.storeEvidence(run.message.cutoverId, reading.body);
      }
    } catch (error) {
      if (!isFinal(error)) throw error;
      await judge(run, unreadable(run, error));
      return;
    }
    if (verdict.verdict !== 'done') {
      await judge(run, toldWhatIsStated(verdict, reading, run.message.cutoverId, run.planned));
      return;
    }
    if (asksApproval && hash !== run.step.wait.evidenceHash) {
      const id = inputId(run, 'void-approval');
      await advance(run.message.cutoverId, {
        id,
        type: 'void-approval',
        ...attemptOf(run),
        evidenceHash: hash,
      });
      return;
    }
    const { source, takenAt } = reading;
    const summary = textWithoutSecrets(`${verdict.summary}${reading.said ?? ''}`);
    await judge(run, { verdict: 'done', evidence: { hash, source, takenAt, summary } });
  };

  const settle = async (run: Run, effect: EffectOutcome, what: 'settle' | 'probe'): Promise<void> => {
    await advance(run.message.cutoverId, {
      id: inputId(run, what),
      type: 'settle-effect',
      ...attemptOf(run),
      outcome: effect.outcome,
      reference: effect.outcome === 'accepted' ? effect.reference : null,
      error: effect.outcome === 'refused' ? cleaned(effect.error) : null,
    });
  };

  /** A port's time-out leaves the outcome unknown: it is probed later, never fired again (I10). What was not sent is known. */
  const outcomeOf = async (run: Run, act: () => Promise<EffectOutcome>): Promise<EffectOutcome> => {
    try {
      return await act();
    } catch (error) {
      if (!(error instanceof CutoverError)) throw error;
      const { code, message, next } = error;
      log.readFailed(run.message.cutoverId, run.message.stepId, error);
      return code === 'C327'
        ? { outcome: 'refused', error: { code, message, next } }
        : { outcome: 'unknown' };
    }
  };

  const fire = async (run: Run, token: string, sinceAnnouncedMs: () => number): Promise<void> => {
    const { effect } = run.kind;
    if (effect === null) return;
    const context = contextOf(run);
    const ports = sentInTime(context.ports, {
      // What may be doubled may also come late.
      sinceAnnouncedMs: effect.repeatable ? () => 0 : sinceAnnouncedMs,
      whyUnwanted: () => whyUnwanted(store, run.message),
    });
    const outcome = await outcomeOf(run, () => effect.fire({ ...context, ports }, token));
    // Unknown: the intent stays open, its due time has the outside probed.
    if (outcome.outcome !== 'unknown') await settle(run, outcome, 'settle');
  };

  const probe = async (run: Run): Promise<void> => {
    const { effect } = run.kind;
    const { step, message } = run;
    if (effect === null || step.effect === null) return;
    if (step.effect.announcedAt + EFFECT_GRACE_MS > timeOf(clock, run.state)) return;
    if (!step.effect.repeatable) {
      await settle(run, await outcomeOf(run, () => effect.probe(contextOf(run))), 'probe');
      return;
    }
    const sinceAnnouncedMs = parts.stopwatch();
    const id = inputId(run, 'repeat');
    const answer = await advance(message.cutoverId, { id, type: 'repeat-effect', ...attemptOf(run) });
    if (!isRefused(answer)) await fire(run, '', sinceAnnouncedMs);
  };

  const questionOf = async (run: Run, token: string): Promise<Question> => {
    const { kind, bindings, message } = run;
    const context = contextOf(run);
    const asks = kind.asks(context.params);
    const fires = kind.effect?.applies(context) === true;
    const repeatable = kind.effect?.repeatable ?? false;
    let evidenceHash: string | null = null;
    if (asks === 'approval') {
      const { body } = await kind.read(context);
      evidenceHash = await readings.storeEvidence(message.cutoverId, body);
    }
    return {
      asks,
      tokenHash: asks === 'automation' ? sha256(token) : null,
      rule: kind.rule?.(context.params, bindings) ?? null,
      evidenceHash,
      effect: fires ? { repeatable } : null,
      pollEveryMs: kind.pollEveryMs,
    };
  };

  const open = async (run: Run): Promise<void> => {
    const { kind, message } = run;
    const token = random.token();
    let question: Question;
    try {
      question = await questionOf(run, token);
    } catch (error) {
      if (!isFinal(error)) throw error;
      await judge(run, unreadable(run, error));
      return;
    }
    const { asks } = question;
    // Begun before the commit: the announcement is never older than this tells.
    const sinceAnnouncedMs = parts.stopwatch();
    const answer = await advance(message.cutoverId, {
      id: inputId(run, 'open'),
      type: 'open',
      ...attemptOf(run),
      ...question,
    });
    if (isRefused(answer)) return;
    if (answer.detail.fires === true) {
      await fire(run, token, sinceAnnouncedMs);
      return;
    }
    if (asks !== 'world') return;
    const opened = await load(kind, message);
    if (typeof opened !== 'string') await readAndJudge(opened);
  };

  const runDispatch = async (kind: Kind, message: StepMessage): Promise<void> => {
    const run = await load(kind, message);
    if (typeof run === 'string') {
      log.stepIgnored(message.cutoverId, message.stepId, message.attempt, message.dispatch, run);
      return;
    }
    const { wait, effect } = run.step;
    if (wait === null) await open(run);
    else if (effect?.outcome === 'open') await probe(run);
    else if (effect?.outcome === 'unknown') return;
    else if (wait.asks === 'world' || wait.claim !== null || isApproved(wait)) await readAndJudge(run);
  };

  /**
   * Runs one dispatch; throws CutoverError C401 or C402 when it could not commit. In one process the dispatches of a step
   * take turns, so that a long reading is not done twice at once: the next one sees what the first one committed.
   */
  return (kind: Kind, message: StepMessage): Promise<void> =>
    turns(`${message.cutoverId} ${message.stepId}`, () => runDispatch(kind, message));
};
