import type { Bindings } from '../../shared/contract/bindings.ts';
import type { StatusView } from '../../shared/contract/status.ts';
import type { UploadBody } from '../../shared/contract/upload.ts';
import type { Plan, PlanStep } from '../../shared/core/plan.ts';
import type { Actor } from '../../shared/core/state.ts';
import type { Sql } from '../../shared/kinds/kind-ports.ts';
import type { Api } from '../api.ts';
import { chanceBetween } from '../world/chance.ts';
import { publicationsAt } from '../world/publications.ts';
import type { World } from '../world/world.ts';
import type { Looking } from './documents.ts';
import { documentFor, lookAtReplication } from './documents.ts';

/** What those work with who state what nobody may read. */
export type StaterParts = {
  readonly api: Api;
  readonly world: World;
  readonly sql: Sql;
  readonly plan: Plan;
  readonly bindings: Bindings;
  readonly seed: number;
};

const MINUTE_MS = 60_000;
/** So many looks are stated: the newest. */
const MOST_LOOKS = 5;

/** Conditions that wait for the second person, or for nobody: there is nothing new to state. */
const NOTHING_TO_STATE = /^(?:C511|watching|milestone$)|-unconfirmed$/;

type Looks = Awaited<ReturnType<typeof lookAtReplication>>[];

/** What somebody is about to do for one attempt of a step. */
type Errand = {
  at: number;
  turn: number;
  /** Written and not yet taken. */
  document: UploadBody | null;
  /** Taken and not yet confirmed. */
  hash: string | null;
  readonly looks: Looks;
  postedTokens: boolean;
};

/** Reads the servers as a DBA does, states what they show, and has a second person confirm it. */
export const makeStaters = ({ api, world, sql, plan, bindings, seed }: StaterParts) => {
  const errands = new Map<string, Errand>();
  const planned = new Map(plan.steps.map((step) => [step.id, step]));
  const everybody = Object.values(bindings.people).flat();

  const soon = (key: string, turn: number): number =>
    world.clock.now() + chanceBetween(seed, MINUTE_MS, 3 * MINUTE_MS, 'statement', key, turn);

  const errandOf = (key: string): Errand => {
    const known = errands.get(key);
    if (known !== undefined) return known;
    const errand = { at: soon(key, 0), turn: 0, document: null, hash: null, looks: [], postedTokens: false };
    errands.set(key, errand);
    return errand;
  };

  const firstOf = ({ owner }: PlanStep): Actor => bindings.people[owner]?.[0] ?? { id: owner, name: owner };
  const secondOf = (first: Actor): Actor => everybody.find(({ id }) => id !== first.id) ?? first;

  /** The gate posts no token where it may not ask the server: whoever looks does, once. */
  const postTokens = (errand: Errand, { params }: PlanStep): void => {
    if (errand.postedTokens || params === null || (params as { tracer?: unknown }).tracer !== true) return;
    errand.postedTokens = true;
    const { classes } = params as { readonly classes: readonly string[] };
    for (const publication of publicationsAt(world.scene(), world.clock.now())) {
      if (publication.transactional && classes.includes(publication.class)) {
        world.act.postTracer(publication.name);
      }
    }
  };

  const write = async (errand: Errand, step: PlanStep, looking: Looking): Promise<UploadBody | null> => {
    if (step.kind !== 'replication-gate') return await documentFor(looking, step, []);
    postTokens(errand, step);
    errand.looks.push(await lookAtReplication(looking));
    const { polls } = step.params as { readonly polls: number };
    if (errand.looks.length < polls) return null;
    return await documentFor(looking, step, errand.looks.slice(-MOST_LOOKS));
  };

  /** One thing at a time: looks, gives, confirms; then waits for what becomes of it. */
  const attend = async (cutoverId: string, step: PlanStep, key: string): Promise<void> => {
    const errand = errandOf(key);
    if (world.clock.now() < errand.at) return;
    errand.turn += 1;
    errand.at = soon(key, errand.turn);
    const first = firstOf(step);
    if (errand.hash !== null) {
      const path = `cutovers/${cutoverId}/uploads/${errand.hash}/confirmation`;
      const { status } = await api.post(path, secondOf(first), { comment: 'The same as on my screen.' });
      if (status === 200) errand.hash = null;
      return;
    }
    errand.document ??= await write(errand, step, { world, sql, bindings, readBy: first.name });
    if (errand.document === null) return;
    const { status, body } = await api.post(`cutovers/${cutoverId}/uploads`, first, errand.document);
    // What was refused is given again as it is: it tells of then.
    if (status !== 200) return;
    errand.document = null;
    errand.hash = (body.detail as { readonly hash: string }).hash;
  };

  return {
    /** Looks at the status once and does what is due. */
    look: async ({ id, phases }: StatusView): Promise<void> => {
      for (const { id: stepId, status, attempts, unmet } of phases.flatMap(({ steps }) => steps)) {
        const step = planned.get(stepId);
        const key = `${stepId}:${String(attempts)}`;
        const isAsked = unmet.some(({ code }) => !NOTHING_TO_STATE.test(code));
        const isUnderWay = errands.get(key)?.hash != null;
        if (step === undefined || status !== 'waiting' || !(isAsked || isUnderWay)) continue;
        await attend(id, step, key);
      }
    },
  };
};
