import type { Json } from '../../shared/core/json.ts';
import type { Plan, PlanStep } from '../../shared/core/plan.ts';
import { REQUEST } from '../../shared/engine/advance.ts';
import { sha256 } from '../../shared/engine/canonical.ts';
import { letterOf } from '../../shared/engine/letter.ts';
import {
  abort,
  ANNA,
  attempt,
  BERT,
  confirmUpload,
  drillDown,
  DBA,
  hold,
  MANAGER,
  passPointOfNoReturn,
  resume,
  retry,
  rollback,
  skip,
  upload,
} from '../support/sample-inputs.ts';
import { HOUR, MINUTE, planOf, step } from '../support/sample-plan.ts';
import type { Stage } from './stage.ts';

/** Brings cutovers to a moment worth recording. */
export type Story = (stage: Stage) => Promise<void>;

type Differs = Partial<PlanStep>;

const of =
  (kind: string, params: Json) =>
  (id: string, differs: Differs = {}) =>
    step(id, { kind, params, deadlineMs: 48 * HOUR, ...differs });
const person = of('task', { automation: null, confirm: [] });
const robot = (name: string) => of('task', { automation: `${name}-robot`, confirm: [] });
const approval = (quorum: number) =>
  of('approval', { question: 'May it go on?', approvers: ['approver'], quorum, denials: 1 });
const smokeTest = of('smoke-test', {
  checks: [{ name: 'companies', path: '/data/Companies', status: 200, pointer: null, equals: null }],
});
const refresh = of('refresh-database', { via: 'api', target: 'sandbox' });
const watch = of('replication-watch', {});
const gate = of('replication-gate', {
  goal: 'caught-up',
  classes: ['keyed'],
  polls: 2,
  tracer: true,
  after: null,
});

const reports = (stage: Stage, cutoverId: string, stepId: string) =>
  stage.ask(cutoverId, attempt(stepId).isReported());

const votes = async (stage: Stage, cutoverId: string, stepId: string, by = ANNA, decision = 'approve') => {
  const hash = (await stage.stateOf(cutoverId)).steps[stepId]?.wait?.evidenceHash ?? '';
  await stage.ask(cutoverId, attempt(stepId).isVoted(decision as 'approve' | 'deny', by, hash));
};

/** Every kind of wait is open: persons, automations, approvers and the world, with and without an effect. */
const waits: Story = async (stage) => {
  const { engine, outside, deliver, pass, poll } = stage;
  const id = 'waits';
  outside.pendingCommands = 40_000;
  const early = [
    person('set-up', { marks: 'replication-set-up' }),
    person('announce', { remindAfterMs: [15 * MINUTE, 60 * MINUTE] }),
    robot('good')('stop-batch'),
    robot('deaf')('stop-mail'),
    smokeTest('ask-dynamics'),
    refresh('refresh', { marks: 'refresh-done' }),
  ];
  const later = [
    approval(2)('go', { after: ['set-up'], phase: 4 }),
    watch('watch', { after: ['set-up'], phase: 3 }),
    gate('caught-up', { after: ['set-up'], phase: 5 }),
    robot('deaf')('stop-aos', { after: ['set-up'], phase: 4, marks: 'aos-stopped' }),
  ];
  const last = [
    person('report', { after: ['go', 'announce'], phase: 6 }),
    person('remove', {
      after: [...early, ...later.filter((one) => one.id !== 'watch')].map((one) => one.id),
      marks: 'replication-removed',
      phase: 6,
      required: true,
    }),
  ];
  await stage.start(id, planOf([...early, ...later, ...last]));
  await deliver();
  await pass(14 * MINUTE);
  await reports(stage, id, 'set-up');
  await pass(2 * MINUTE);
  await poll();
  outside.isBlind = true;
  await pass(MINUTE);
  await poll();
  Object.assign(outside, { isBlind: false, pendingCommands: 0 });
  await pass(MINUTE);
  await poll();
  await votes(stage, id, 'go');
  await reports(stage, id, 'report');
  const takenAt = stage.clock.now();
  const counted = { schema: 1, takenAt, method: 'exact', readingSource: 'pulled' } as const;
  const tables = [{ table: 'dbo.CUSTTABLE', source: 1_200, target: 1_200 }];
  await engine.snapshots.store(id, { ...counted, id: 'count-keyed-1', sides: 'both', tables });
  const piece = { countingId: 'count-keyed-2', round: 0, piece: 's000000' };
  const until = takenAt + MINUTE;
  const lanes = [0, 1].map((lane) => ({ server: 'source', lane, of: piece, until }) as const);
  const held: [number, number] = [1_200, 1_200];
  const custTable = { table: 'dbo.CUSTTABLE', source: null, target: null, writtenAt: null, held };
  const plan = { place: 'here', tables: [custTable], pieces: { source: [], target: [] } };
  await engine.countings.storePlan(id, 'count-keyed-2', 0, plan);
  for (const lane of lanes) await engine.countings.claim(id, lane, lane.lane * MINUTE + takenAt);
  await engine.countings.release(id, lanes[0]!, [1_200]);
  await engine.deadLetters.take(
    letterOf({
      queue: 'step-smoke-test',
      messageId: `${id}:1:5`,
      reason: 'MaxDeliveryCountExceeded',
      description: 'Message could not be consumed after 10 delivery attempts.',
      deliveries: null,
      body: { v: 1, type: 'step', cutoverId: id, stepId: 'ask-dynamics', attempt: 1, dispatch: 1 },
    }),
    0,
  );
  stage.bus.isDown = true;
  await stage.ask(id, attempt('announce').isReported('not-tested'));
};

/** Steps have failed in every way, some are tried again by themselves; one is waived, one approval was voided. */
const failures: Story = async (stage) => {
  const { deliver, pass } = stage;
  const id = 'failures';
  const steps = [
    robot('strict')('refused', { maxAttempts: 3, retryDelayMs: 20 * MINUTE }),
    robot('deaf')('denied-by-person'),
    person('reported'),
    person('overdue', { deadlineMs: 20 * MINUTE }),
    person('untested'),
    person('waived', { after: ['reported'] }),
    approval(1)('denied'),
    approval(1)('voided'),
    person('last', { after: ['refused', 'overdue', 'waived', 'denied', 'voided'] }),
  ];
  await stage.start(id, planOf(steps));
  await deliver();
  await pass(5 * MINUTE);
  await stage.ask(id, hold('a call with the auditors'));
  await pass(3 * MINUTE);
  await stage.ask(id, resume());
  await stage.ask(id, attempt('reported').isReported('fail', DBA, 'the printer is on fire'));
  await stage.ask(id, skip('waived'));
  await votes(stage, id, 'denied', BERT, 'deny');
  await votes(stage, id, 'voided');
  await stage.ask(id, attempt('untested').isReported('not-tested'));
  await pass(18 * MINUTE);
  await stage.ask(id, attempt('denied-by-person').happened(false));
};

/** Held by a deadline: one step is ready, one was answered meanwhile, one approval may still expire. */
const held: Story = async (stage) => {
  const { deliver, pass } = stage;
  const id = 'held';
  const steps = [
    person('slow', { deadlineMs: 30 * MINUTE, onDeadline: 'hold' }),
    person('answered'),
    approval(1)('go', { deadlineMs: 3 * HOUR }),
    person('next', { after: ['answered'] }),
    robot('strict')('again', { maxAttempts: 2, retryDelayMs: 40 * MINUTE }),
    person('queued'),
    person('last', { after: ['slow', 'next', 'go', 'again', 'queued'] }),
  ];
  await stage.start(id, planOf(steps, { concurrency: 4 }));
  await deliver();
  await pass(31 * MINUTE);
  await reports(stage, id, 'answered');
  await votes(stage, id, 'go');
  await stage.ask(id, retry('again'));
  await pass(70 * MINUTE);
};

/** A plan of 110 steps that are asked at once: the head and the plan are too long for one string, the plan for one binary. */
const big: Story = async (stage) => {
  const id = 'big';
  const steps = Array.from({ length: 110 }, (_, index) =>
    person(`step-${index}`, {
      after: index < 105 ? [] : [`step-${index - 1}`],
      instruction: Array.from({ length: 20 }, (__, part) => sha256(`${index} ${part}`)).join(' '),
    }),
  );
  await stage.start(id, planOf(steps, { concurrency: 1_000 }));
  await stage.deliver();
  for (let index = 0; index < 20; index += 1) await reports(stage, id, `step-${index}`);
};

/** Over and done with, but for an answer that came too late. */
const completed: Story = async (stage) => {
  const id = 'completed';
  await stage.start(id, planOf([person('first'), person('last', { after: ['first'] })]));
  await stage.deliver();
  await reports(stage, id, 'first');
  await stage.pass(MINUTE);
  await reports(stage, id, 'last');
  await stage.pass(MINUTE);
  await stage.ask(id, attempt('first').isReported('fail', ANNA));
};

/** Given up with a step in hand and one that never began. */
const aborted: Story = async (stage) => {
  const id = 'aborted';
  const steps = [person('first'), robot('good')('second'), person('last', { after: ['first'] })];
  await stage.start(id, planOf(steps));
  await stage.deliver();
  await stage.ask(id, abort());
  await stage.pass(20 * MINUTE);
};

/** Started while the bus was down: nothing is sent. Another one was announced and never started. */
const begun: Story = async (stage) => {
  stage.bus.isDown = true;
  await stage.start('begun', planOf([person('first'), robot('good')('second', { after: ['first'] })]));
  await stage.engine.directory.announce('never-started', stage.clock.now());
};

/** Nothing moved for long: dispatches were lost, and a tracer token was posted again after nobody knew of the first. */
const silent: Story = async (stage) => {
  const { engine, outside, bus, clock, deliver } = stage;
  const id = 'silent';
  outside.isSqlDown = true;
  await stage.start(
    id,
    planOf([gate('caught-up'), person('first'), person('last', { after: ['caught-up'] })]),
  );
  await deliver();
  bus.sent.length = 0;
  clock.advance(40 * MINUTE);
  await engine.sweep();
  await deliver();
};

type Change = { readonly plan?: (plan: Plan) => Plan; readonly done?: readonly string[] };

/** Somebody proposes another plan, or to record what was done outside. */
const proposes = async (
  { engine, clock, deliver }: Stage,
  cutoverId: string,
  key: string,
  { plan = (same) => same, done = [] }: Change,
): Promise<void> => {
  const doneAt = clock.now() - 10 * MINUTE;
  await engine.revisions.propose({
    cutoverId,
    inputId: `${REQUEST}${key}`,
    asked: sha256(key),
    change: (present) => ({ ...present, plan: plan(present.plan) }),
    done: done.map((stepId) => ({ stepId, doneAt, by: DBA, note: 'by hand', evidence: 'a protocol' })),
    by: MANAGER,
    reason: 'the rehearsal showed it',
  });
  await deliver();
};

/** Dirk approves what is proposed. */
const approves = async (
  { engine, stateOf, deliver }: Stage,
  cutoverId: string,
  key: string,
): Promise<void> => {
  const { hash } = (await stateOf(cutoverId)).proposal!;
  const decision = { decision: 'approve', by: DBA, comment: 'seen' } as const;
  await engine.revisions.decide({ cutoverId, inputId: `${REQUEST}${key}`, hash, ...decision });
  await deliver();
};

const withStep =
  (id: string) =>
  (plan: Plan): Plan => ({ ...plan, steps: [...plan.steps, person(id)] });

/**
 * Joined late and changed on its way: steps were recorded as done outside, a data gate among them; one was passed by two
 * people, a plan was adopted, another one is proposed, and the point of no return is passed.
 */
const revised: Story = async (stage) => {
  const id = 'revised';
  const proof = { dataGate: true, maxAttempts: 1 };
  await stage.start(
    id,
    planOf([
      person('begun'),
      person('outside', { after: ['begun'] }),
      gate('outside-gate', { ...proof, after: ['outside'] }),
      gate('waived-gate', proof),
      gate('half-waived-gate', { ...proof, after: ['begun'] }),
    ]),
  );
  await stage.deliver();
  await reports(stage, id, 'begun');
  await stage.pass(MINUTE);
  await stage.ask(id, hold('until it is recorded'));
  await stage.ask(id, skip('waived-gate'));
  await stage.pass(MINUTE);
  await stage.ask(id, skip('waived-gate', DBA));
  await stage.ask(id, skip('half-waived-gate'));
  await stage.ask(id, passPointOfNoReturn(stage.clock.now() - MINUTE / 2));
  await proposes(stage, id, 'first', { plan: withStep('added') });
  await approves(stage, id, 'second');
  await stage.ask(id, resume());
  await stage.pass(MINUTE);
  await proposes(stage, id, 'third', { plan: withStep('wanted') });
};

/** Held from before its steps began, with steps that were done outside. */
const joined: Story = async (stage) => {
  const id = 'joined';
  const steps = [
    person('outside', { marks: 'replication-set-up' }),
    gate('outside-gate', { dataGate: true, after: ['outside'] }),
    person('last', { after: ['outside-gate'] }),
  ];
  await stage.start(id, planOf(steps), { hold: 'replication runs already' });
  await stage.pass(20 * MINUTE);
  await proposes(stage, id, 'first', { done: ['outside', 'outside-gate'] });
  await approves(stage, id, 'second');
};

/** Announced for later. */
const scheduled: Story = async (stage) => {
  const steps = [person('first'), person('last', { after: ['first'] })];
  await stage.start('scheduled', planOf(steps), { startAt: stage.clock.now() + HOUR });
  await stage.deliver();
};

const goesBack = async (stage: Stage, id: string): Promise<void> => {
  const back = {
    id: 'back',
    title: 'Back to AX',
    availableFrom: null,
    availableUntil: null,
    dataLossStatement: 'What was posted since is lost.',
    steps: [person('rb.first'), person('rb.last', { after: ['rb.first'] })],
  };
  const steps = [
    person('first'),
    person('second', { after: ['first'] }),
    person('last', { after: ['second'] }),
  ];
  await stage.start(id, planOf(steps, { rollbacks: [back] }));
  await stage.deliver();
  await reports(stage, id, 'first');
  await stage.ask(id, passPointOfNoReturn(stage.clock.now()));
  await stage.pass(MINUTE);
  await stage.ask(id, rollback('back', back.dataLossStatement));
  await reports(stage, id, 'rb.first');
};

/** On its way back. */
const rollingBack: Story = (stage) => goesBack(stage, 'rolling-back');

/** Gone back to the end. */
const rolledBack: Story = async (stage) => {
  await goesBack(stage, 'rolled-back');
  await reports(stage, 'rolled-back', 'rb.last');
};

/** A dispatch became a dead letter, was driven again, and its step has not answered since. */
const redriven: Story = async (stage) => {
  const id = 'redriven';
  await stage.start(id, planOf([person('stuck'), person('last', { after: ['stuck'] })]));
  stage.bus.sent.length = 0;
  const letter = letterOf({
    queue: 'step-task',
    messageId: `${id}:1:0`,
    reason: 'MaxDeliveryCountExceeded',
    description: null,
    deliveries: null,
    body: { v: 1, type: 'step', cutoverId: id, stepId: 'stuck', attempt: 1, dispatch: 1 },
  });
  await stage.engine.deadLetters.take(letter, 0);
  await stage.pass(MINUTE);
  const { letters } = await stage.engine.deadLetters.list({ cutoverId: id, limit: 1, token: null });
  await stage.engine.redriveLetter(letters[0]!.id, DBA, `${REQUEST}again`);
};

/** People have given documents: a list that a second person has seen, and two statements about steps. */
const uploaded: Story = async (stage) => {
  const id = 'uploaded';
  await stage.start(id, planOf([smokeTest('ask-dynamics'), person('last', { after: ['ask-dynamics'] })]));
  await stage.deliver();
  await stage.pass(MINUTE);
  const stored = (document: string): Promise<string> => stage.engine.readings.storeEvidence(id, document);
  const list = await stored('a list');
  await stage.ask(id, upload(list));
  await stage.ask(id, upload(await stored('a statement'), stage.clock.now(), 'last'));
  await stage.ask(id, confirmUpload(list));
  await stage.ask(id, drillDown('dbo.CUSTTABLE', await stored('what was found')));
};

/** What is recorded, by the name of its file. */
export const STORIES: Readonly<Record<string, Story>> = {
  waits,
  failures,
  held,
  big,
  completed,
  aborted,
  begun,
  silent,
  revised,
  joined,
  scheduled,
  'rolling-back': rollingBack,
  'rolled-back': rolledBack,
  redriven,
  uploaded,
};
