import { deedOf } from '../../../local/deeds.ts';
import { lostRows, sourceRows, targetRows } from '../../../local/world/counts.ts';
import { deliveredRun } from '../../../local/world/delivery.ts';
import type { Outcome, ToolkitEntry } from '../../../local/world/history.ts';
import { publicationsAt } from '../../../local/world/publications.ts';
import { sandboxStateAt } from '../../../local/world/toolkit.ts';
import { toolkitRuns } from '../../../local/world/toolkit-runs.ts';
import type { World } from '../../../local/world/world.ts';
import type { Bindings } from '../../../shared/contract/bindings.ts';
import type { WaitingForView } from '../../../shared/contract/status.ts';
import type { Plan, PlanStep } from '../../../shared/core/plan.ts';
import { allSteps } from '../../../shared/core/plan.ts';
import type { Actor, Condition, CutoverState, Proposal, StepState } from '../../../shared/core/state.ts';
import { waitingFor } from '../../../shared/view/waiting-for.ts';
import type { Clients } from './clients.ts';
import type { PlanAutomation } from './default-plan-automation.ts';
import { DEFAULT_PLAN_REVISING } from './default-plan-revisions.ts';
import type { Mood } from './meddlers.ts';
import { claimOf, makeMeddlers, voteOf } from './meddlers.ts';
import type { Chance } from './random.ts';
import type { VirtualTime } from './virtual-time.ts';

const MINUTE_MS = 60_000;
/** How long somebody takes until they do something about what they are asked. */
const LONGEST_REACTION_MS = 4 * MINUTE_MS;
/** Somebody whose answer changed nothing looks again after this time. */
const ANSWER_AGAIN_MS = 15 * MINUTE_MS;
const LOOK_AGAIN_MS = 2 * MINUTE_MS;
/** The toolkit's entry that takes an upgrade back. */
const UNDO = 11;
/** Kinds whose owner can do what the step still lacks. */
const DOABLE: ReadonlySet<string> = new Set([
  'toolkit',
  'stop-aos',
  'backup-source',
  'refresh-database',
  'open-access',
]);

/** Something somebody has taken up: from `at` on they do it, or say that it is done. */
type Errand = { at: number; isDone: boolean };

/** One question of the status page, with what it speaks of. */
type Question = {
  readonly cutoverId: string;
  readonly item: WaitingForView;
  readonly planned: PlanStep;
  readonly step: StepState;
};

/**
 * The people of the product's own plans. They know only what the status page says they are waited for, and do it in
 * the world before they say so; a cutover that waits for somebody without naming them never ends.
 */
export const makePlanPeople = (parts: {
  readonly chance: Chance;
  readonly time: VirtualTime;
  readonly clients: () => Clients;
  readonly world: World;
  readonly planOf: (cutoverId: string) => Plan;
  readonly formerIdsOf: (cutoverId: string) => readonly string[];
  readonly bindings: Bindings;
  readonly mood: Mood;
  readonly isCommitted: (inputId: string) => boolean;
  readonly automation: Pick<PlanAutomation, 'happened' | 'isLost'>;
  /** How many tracer tokens they have posted themselves, by publication. */
  readonly handPosted: Map<string, number>;
}) => {
  const { chance, time, world, planOf, bindings, mood, automation, handPosted } = parts;
  const { act } = world;
  const everybody = new Map(
    Object.values(bindings.people).flatMap((people) => people.map((person) => [person.id, person])),
  );
  const claimants = [...everybody.values()];
  const { submit, whim, leave } = makeMeddlers({
    ...parts,
    claimants,
    approvers: claimants,
    revising: DEFAULT_PLAN_REVISING,
  });
  const errands = new Map<string, Errand>();
  const done = new Set<string>();

  const errandOf = (key: string, longestMs = LONGEST_REACTION_MS): Errand => {
    const errand = errands.get(key) ?? { at: time.now() + chance.below(longestMs), isDone: false };
    errands.set(key, errand);
    return errand;
  };
  const holderOf = (role: string): Actor => chance.pick(bindings.people[role] ?? claimants);
  const manager = (): Actor => holderOf('cutover-manager');

  const isRun = (entry: ToolkitEntry): boolean =>
    toolkitRuns(world.scene(), time.now()).some((run) => run.entry === entry && run.finishesAt <= time.now());

  /** Whether what is asked for stands already, so that doing it again is refused: only a refresh is asked for anew. */
  const isDoneBefore = ({ id, kind, params }: PlanStep): boolean =>
    kind === 'toolkit'
      ? isRun((params as { entry: ToolkitEntry }).entry)
      : done.has(id) && kind !== 'refresh-database';

  const refusedDeed = (step: PlanStep): boolean => {
    if (isDoneBefore(step)) return true;
    // The toolkit wants its entries in order, also those that were skipped here.
    const { entry = 1 } = step.params as { entry?: number };
    if (step.kind === 'toolkit' && entry > 1) act.toolkit((entry - 1) as ToolkitEntry);
    return false;
  };

  /** Does in the world what the step asks for; true once it is done. A refusal is tried again a little later. */
  const isDealtWith = (errand: Errand, step: PlanStep): boolean => {
    if (time.now() < errand.at) return false;
    if (errand.isDone) return true;
    const outcome: Outcome = deedOf(world, step)();
    if (outcome.accepted) {
      done.add(step.id);
      errand.at = outcome.finishesAt;
    } else if (!refusedDeed(step)) {
      errand.at = time.now() + LOOK_AGAIN_MS;
      return false;
    }
    errand.isDone = true;
    return time.now() >= errand.at;
  };

  /** The toolkit undoes only an upgrade that failed: a way back that wants it undone otherwise leads nowhere. */
  const isHopeless = ({ id, kind, params }: PlanStep): boolean =>
    kind === 'toolkit' &&
    (params as { entry: number }).entry === UNDO &&
    !done.has(id) &&
    sandboxStateAt(world.scene(), time.now()) !== 'Failed';

  const complete = ({ cutoverId, planned: step, step: { attempt } }: Question): void => {
    const errand = errandOf(`${step.id} ${attempt}`);
    if (isHopeless(step) && time.now() >= errand.at) {
      errand.at = time.now() + ANSWER_AGAIN_MS;
      submit(cutoverId, { type: 'abort', by: manager(), reason: 'This way back is closed.' });
    }
    // Some say that it is done before they have begun.
    const isHasty = time.now() >= errand.at && !errand.isDone && chance.happens(mood.denies);
    if (isHopeless(step) || (!isHasty && !isDealtWith(errand, step))) return;
    errand.at = time.now() + ANSWER_AGAIN_MS;
    const odd = chance.happens(mood.denies) ? chance.pick(['fail', 'not-tested'] as const) : null;
    submit(cutoverId, claimOf(step.id, attempt, odd ?? 'pass', holderOf(step.owner)));
  };

  const approve = ({ cutoverId, item, planned: { id }, step: { attempt } }: Question): void => {
    const { evidenceHash } = item;
    if (evidenceHash === null) return;
    for (const personId of item.who.split(', ')) {
      const errand = errandOf(`${id} ${attempt} ${evidenceHash} ${personId}`);
      const by = everybody.get(personId);
      if (by === undefined || time.now() < errand.at) continue;
      errand.at = time.now() + ANSWER_AGAIN_MS;
      const decision = chance.happens(mood.denies / 2) ? 'deny' : 'approve';
      submit(cutoverId, voteOf(id, attempt, { decision, by, evidenceHash }));
    }
  };

  /** The page may be behind, and a snapshot that is started again takes its tables away: Replication Monitor tells. */
  const isDelivered = (name: string): boolean =>
    publicationsAt(world.scene(), time.now()).some(
      (publication) =>
        publication.name === name && deliveredRun(world.scene(), publication, time.now()) !== null,
    );

  const stopAx = (): void => {
    for (const host of world.scene().options.aosHosts) act.stopAos(host);
  };

  /** What the DBA knows to do about a reading that lacks something. */
  const cure = ({ code, message }: Condition): void => {
    const [what = '', name = ''] = code.split(':');
    if ((what === 'snapshot' || what === 'subscriptions') && !isDelivered(name)) act.startSnapshot(name);
    if (what === 'upgrade-not-started' || what === 'upgrade-unseen') act.toolkit(10);
    if (what === 'upgrade-step-failed') act.resumeUpgrade();
    // The token was posted, but a clock that stepped back makes it look too old: the next one will not.
    if (what === 'tracer' && message.includes('no tracer token')) {
      act.postTracer(name);
      handPosted.set(name, (handPosted.get(name) ?? 0) + 1);
    }
    if (what === 'ax-running' || what === 'log-reader') stopAx();
  };

  const mend = (question: Question): void => {
    const { cutoverId, planned: step, step: state } = question;
    const errand = errandOf(`cure ${step.id} ${state.attempt}`);
    if (time.now() < errand.at) return;
    errand.at = time.now() + LOOK_AGAIN_MS;
    if (state.stuck !== null) {
      const { deadLetterId } = state.stuck;
      submit(cutoverId, { type: 'redrive', stepId: step.id, deadLetterId, by: manager() });
    }
    for (const condition of state.unmet) cure(condition);
    if (DOABLE.has(step.kind) && state.wait?.asks === 'person') {
      isDealtWith(errandOf(`${step.id} ${state.attempt}`), step);
    }
    if (state.wait?.claim?.result === 'not-tested') complete(question);
  };

  /** Brings over what differs, once nobody writes any more; false while there is still something to bring. */
  const areTablesMended = (): boolean => {
    stopAx();
    const now = time.now();
    const scene = world.scene();
    const [source, target] = [sourceRows(scene, now), targetRows(scene, now)];
    const behind = publicationsAt(scene, now).filter(
      ({ class: of, articles }) =>
        of !== 'other-objects' && articles.some(({ name }) => source.get(name) !== target.get(name)),
    );
    for (const { name, transactional } of behind) if (!transactional) act.startSnapshot(name);
    const lost = lostRows(scene);
    if (behind.length > 0 && lost !== null) act.republish([lost.table]);
    return behind.length === 0;
  };

  /** What has to be done before a failed step is tried again; false while it cannot be done yet. */
  const isRemedied = (errand: Errand, { kind }: PlanStep): boolean => {
    if (kind === 'data-upgrade') act.resumeUpgrade();
    if (kind !== 'validate-counts' || areTablesMended()) return true;
    errand.at = time.now() + LOOK_AGAIN_MS;
    return false;
  };

  const decide = ({ cutoverId, planned: step, step: { attempt } }: Question): void => {
    const errand = errandOf(`decide ${step.id} ${attempt}`, 4 * LONGEST_REACTION_MS);
    if (time.now() < errand.at || !isRemedied(errand, step)) return;
    errand.at = time.now() + ANSWER_AGAIN_MS;
    const type = !step.required && chance.happens(0.3) ? 'skip' : 'retry';
    // A data gate is skipped by two people.
    const by = type === 'skip' ? chance.pick(claimants) : manager();
    submit(cutoverId, { type, stepId: step.id, by, reason: 'The cause is mended.' });
  };

  /** Whoever is asked about a change is somebody else than who proposed it. */
  const decideProposal = (cutoverId: string, { hash, by: { id } }: Proposal): void => {
    const decision = chance.happens(mood.denies) ? 'reject' : 'approve';
    const by = chance.pick(claimants.filter((person) => person.id !== id));
    submit(cutoverId, { type: 'decide-revision', hash, decision, by, comment: 'decided' });
  };

  const answerEffect = ({ cutoverId, planned: { id }, step: { attempt } }: Question): void => {
    const errand = errandOf(`effect ${id} ${attempt}`);
    if (time.now() < errand.at) return;
    errand.at = time.now() + ANSWER_AGAIN_MS;
    const answer = { stepId: id, attempt, happened: automation.happened(cutoverId, id, attempt) };
    submit(cutoverId, { type: 'answer-effect', ...answer, by: manager() });
  };

  /** Nobody waits for an automation that has done nothing, or has forgotten whom to tell. */
  const giveUp = ({ cutoverId, planned: { id }, step: { attempt, effect } }: Question): void => {
    const isOver = effect?.outcome === 'accepted' && !automation.happened(cutoverId, id, attempt);
    if (!isOver && !automation.isLost(cutoverId, id, attempt)) return;
    const errand = errandOf(`give up ${id} ${attempt}`, ANSWER_AGAIN_MS);
    if (time.now() < errand.at) return;
    errand.at = time.now() + ANSWER_AGAIN_MS;
    submit(cutoverId, { type: 'give-up', stepId: id, by: manager(), reason: 'Nothing runs there.' });
  };

  const ANSWERS: Readonly<Record<string, (question: Question) => void>> = {
    completion: (question) => {
      if (question.step.wait?.asks === 'person') complete(question);
      else giveUp(question);
    },
    approval: approve,
    condition: mend,
    decision: decide,
    effect: answerEffect,
  };

  return {
    /** Somebody looks at the status page and does something about it. */
    look: (cutoverId: string, state: CutoverState): void => {
      whim(cutoverId, state);
      const isStopping = state.steps['stop-aos']?.status === 'waiting';
      if (isStopping && chance.happens(mood.chaos / 4)) {
        act.startAos(chance.pick(world.scene().options.aosHosts));
      }
      const plan = planOf(cutoverId);
      const planned = new Map(allSteps(plan).map((step) => [step.id, step]));
      for (const item of waitingFor(plan, state)) {
        if (item.what === 'revision' && state.proposal !== null && chance.happens(0.3))
          decideProposal(cutoverId, state.proposal);
        if (item.what === 'resume' && chance.happens(0.3))
          submit(cutoverId, { type: 'resume', by: manager() });
        const of = planned.get(item.stepId ?? '');
        const step = state.steps[item.stepId ?? ''];
        if (of && step) ANSWERS[item.what]?.({ cutoverId, item, planned: of, step });
      }
    },
    leave,
  };
};
