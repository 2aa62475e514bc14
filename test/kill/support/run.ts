import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { makePeople } from '../../../local/people.ts';
import { readPlan } from '../../../shared/contract/read-plan.ts';
import type { StatusView } from '../../../shared/contract/status.ts';
import type { Plan } from '../../../shared/core/plan.ts';
import { KIND_BY_NAME } from '../../../shared/kinds/registry.ts';
import { makeChance, type Chance } from '../../simulation/support/random.ts';
import { checkHistory } from './check-history.ts';
import { finalLog, type History, type Violation } from './history.ts';
import { startKiller, type Killer } from './killer.ts';
import { makeManager } from './manager.ts';
import { killPlan } from './plan.ts';
import { setStage, type Part, type Stage } from './stage.ts';

/** What came of a run. */
export type Outcome = {
  /** How many processes were killed. */
  readonly killed: number;
  /** How often each function is known to have succeeded, by the name of the instance. */
  readonly work: Readonly<Record<string, Readonly<Record<string, number>>>>;
  /** One line for whoever follows. */
  readonly summary: string;
};

/** In cutover time: who looks more often at a slow cutover sees nothing more. */
const LOOK_EVERY_MS = 30_000;
const READ_EVERY_MS = 75_000;
const PAGE = 1000;
/** Two watches of the watchdog and more, in cutover time, after which nothing may be left to send. */
const REST_MS = 30 * 60_000;
/** A cutover in which no step has succeeded for so long, in its own time, stands still. */
const STILL_MS = 12 * 60 * 60_000;
const STARTER = { id: 'kill-starter', name: 'Starter' };
const MANAGER = { id: 'kill-manager', name: 'Manager' };

const planOf = (document: unknown): Plan => {
  const read = readPlan(document, KIND_BY_NAME);
  if ('problems' in read) throw new Error(JSON.stringify(read.problems));
  return read.plan;
};

/** Reads the feed again and again, each time from another place, until told to stop. */
const readFeed = async (
  { client, outside }: Stage,
  id: string,
  chance: Chance,
  signal: AbortSignal,
): Promise<void> => {
  let seen = 0;
  while (!signal.aborted) {
    const after = chance.happens(0.1) ? 0 : Math.max(0, seen - chance.below(30));
    const events = await client.page(id, after, chance.happens(0.2) ? chance.between(1, 40) : PAGE);
    seen = Math.max(seen, after + events.length);
    await pause(READ_EVERY_MS / outside.speed);
  }
};

const isOver = ({ status }: StatusView): boolean => status === 'completed' || status === 'aborted';

const passedOf = ({ phases }: StatusView): number =>
  phases.flatMap(({ steps }) => steps).filter(({ status }) => status === 'succeeded').length;

/** Lets the people work until the cutover is over. */
const work = async (stage: Stage, id: string, plan: Plan, seed: number, chance: Chance): Promise<void> => {
  const { client, bindings, calls, outside } = stage;
  const people = makePeople({ api: client, world: outside.world, plan, bindings, seed, fault: null });
  const manage = makeManager({ client, calls, by: MANAGER, chance });
  const { now } = outside.clock;
  let last = { passed: 0, at: now() };
  for (;;) {
    const status = await client.status(id);
    if (isOver(status)) return;
    const passed = passedOf(status);
    if (passed > last.passed) last = { passed, at: now() };
    if (now() - last.at > STILL_MS)
      throw new Error(`The cutover stands still: ${JSON.stringify(status.waitingFor, null, 1)}`);
    for (const { failures } of stage.instances) if (failures.length > 0) throw new Error(failures.join('\n'));
    await Promise.all(stage.instances.map((instance) => instance.ask()));
    await people.look(status);
    await manage(status);
    await pause(LOOK_EVERY_MS / outside.speed);
  }
};

/** The last look at everything, after whatever was left to send had time to be sent. */
const lookBack = async ({ client, outside, calls, operations }: Stage, id: string): Promise<History> => {
  await client.repeatAll();
  const restedAt = outside.clock.now() + REST_MS;
  while (outside.clock.now() < restedAt) {
    await client.status(id);
    await pause(READ_EVERY_MS / outside.speed);
  }
  const hashes = new Set<string>();
  for (let after = 0; ;) {
    const events = await client.page(id, after, PAGE);
    for (const { evidence } of events)
      if (evidence !== undefined) hashes.add((evidence as { hash: string }).hash);
    after += events.length;
    if (events.length < PAGE) break;
  }
  const evidence: Record<string, unknown> = {};
  for (const hash of hashes) {
    const { status, body } = await client.get(`cutovers/${id}/evidence/${hash}`);
    evidence[hash] = status === 200 ? body.body : null;
  }
  await client.status(id);
  const { body } = await client.get('dead-letters?limit=200');
  const deadLetters = body.deadLetters as History['deadLetters'];
  return { ...client.memory, calls, operations, evidence, deadLetters };
};

const play = async (
  stage: Stage,
  killer: Killer,
  seed: number,
  chance: Chance,
): Promise<readonly Violation[]> => {
  const document = killPlan();
  const { client, bindings } = stage;
  const started = await client.post('cutovers', STARTER, { plan: document, bindings });
  if (started.status !== 202) throw new Error(JSON.stringify(started));
  const id = String(started.body.id);
  const reading = new AbortController();
  const reader = readFeed(stage, id, chance, reading.signal);
  try {
    await work(stage, id, planOf(document), seed, chance);
  } finally {
    killer.stop();
    reading.abort();
    await reader;
  }
  await Promise.all(stage.instances.map((instance) => instance.ready()));
  const history = await lookBack(stage, id);
  const unsent = await stage.unsent();
  return [...checkHistory(history), ...(unsent === 0 ? [] : [`${unsent} commits have unsent messages`])];
};

const tellOf = ({ kills }: Killer): string =>
  kills
    .map(
      ({ victims, beat, after, atMs }) =>
        `${(atMs / 1000).toFixed(1)} s ${victims.join('+')} (${beat} ${after})`,
    )
    .join('\n');

/** Keeps what tells why a run failed, and gives where it lies. */
const keep = async ({ instances, client, calls }: Stage, seed: number): Promise<string> => {
  const folder = await mkdtemp(join(tmpdir(), `ax-cutover-kill-${seed}-`));
  for (const instance of instances) await instance.saveLogs(folder);
  await writeFile(join(folder, 'history.json'), JSON.stringify({ ...client.memory, calls }, null, 1));
  return folder;
};

/**
 * Plays a whole mock cutover on these parts of the app and kills them at moments of chance.
 * @throws with the seed, the kills, and where logs and history lie, when it breaks a promise or does not get to its end.
 */
export const playWithKills = async (parts: readonly Part[], seed: number): Promise<Outcome> => {
  const begun = performance.now();
  const stage = await setStage(parts, makeChance(`${seed} stage`));
  try {
    await Promise.all(stage.instances.map((instance) => instance.ready()));
    const killer = startKiller(stage.instances, makeChance(`${seed} kills`));
    stage.watch(killer.beat);
    try {
      const violations = await play(stage, killer, seed, makeChance(`${seed} reader`));
      if (violations.length > 0) throw new Error(violations.join('\n'));
    } catch (cause) {
      const folder = await keep(stage, seed);
      const why = cause instanceof Error ? cause.message : String(cause);
      throw new Error(`seed ${seed}, logs and history in ${folder}\n${tellOf(killer)}\n${why}`, { cause });
    }
    const { exchanges, looks, pages } = stage.client.memory;
    const log = finalLog(stage.client.memory);
    const count = (type: string): number => log.filter((event) => event.type === type).length;
    const figures = {
      seed,
      killed: killer.killed(),
      steps: count('step-succeeded'),
      events: log.length,
      holds: count('cutover-held'),
      doubts: count('effect-answered'),
      failures: count('step-failed'),
      requests: exchanges.length,
      readings: looks.length + pages.length,
      calls: stage.calls.length,
      speed: stage.outside.speed,
      seconds: Math.round((performance.now() - begun) / 1000),
    };
    const work = Object.fromEntries(stage.instances.map((instance) => [instance.name, instance.succeeded()]));
    return { killed: killer.killed(), work, summary: JSON.stringify(figures) };
  } finally {
    await stage.stop();
  }
};
