import type { Json } from '../../core/json.ts';
import type { PublicationClass } from '../../core/replication.ts';
import type { StepDocument } from '../plan.ts';

/** Which of the two plans is built, and what a mock reads from. */
export type Variant =
  | { readonly mode: 'production'; readonly source: 'live-ax' }
  | { readonly mode: 'mock'; readonly source: 'live-ax' | 'restored-copy' };

/** The roles of the default plans; the bindings say who holds them. */
export type Role =
  | 'cutover-manager'
  | 'dba'
  | 'ax-admin'
  | 'functional-lead'
  | 'finance-lead'
  | 'integration-owner'
  | 'platform-engineer'
  | 'business-owner';

type Text = readonly string[];

/** What every step of a default plan says of itself; the instruction is written sentence by sentence. */
type Told = Pick<
  StepDocument,
  'id' | 'title' | 'after' | 'planned' | 'deadline' | 'marks' | 'required' | 'onDeadline' | 'maxAttempts'
> & { readonly owner: Role; readonly instruction: Text };

type OfKind = Told & { readonly kind: string; readonly params: Json };

/** What a toolkit step leaves behind that can be read. */
export type Expectation =
  | { readonly is: 'lcs-state'; readonly state: string }
  | { readonly is: 'distribution-database'; readonly present: boolean }
  | { readonly is: 'publications'; readonly class: PublicationClass; readonly present: boolean }
  | { readonly is: 'target-empty' }
  | { readonly is: 'stated' };

const step = (phase: number, kind: string, told: Told, params: Json): StepDocument => {
  const { id, title, after, owner, planned, deadline, instruction, ...rest } = told;
  return {
    id,
    title,
    phase,
    kind,
    after,
    owner,
    planned,
    deadline,
    ...rest,
    instruction: instruction.join(' '),
    params,
  };
};

/** Builders of the steps of one phase. */
export const stepsOfPhase = (phase: number) => ({
  /** A person does it and says so. */
  task: ({ confirm, ...told }: Told & { readonly confirm: Text }): StepDocument =>
    step(phase, 'task', told, { automation: null, confirm }),

  /** A person runs one entry of the toolkit; what it must have done is read afterwards. */
  toolkit: ({
    entry,
    expects,
    ...told
  }: Told & { readonly entry: number; readonly expects: readonly Expectation[] }): StepDocument =>
    step(phase, 'toolkit', told, { entry, expects }),

  /** People decide on the evidence so far. */
  approval: ({
    question,
    approvers,
    quorum,
    ...told
  }: Told & {
    readonly question: string;
    readonly approvers: readonly Role[];
    readonly quorum: number;
  }): StepDocument => step(phase, 'approval', told, { question, approvers, quorum, denials: 1 }),

  /** A person or an automation does something whose effect is read afterwards. */
  watchedTask: ({ kind, params, ...told }: OfKind): StepDocument => step(phase, kind, told, params),

  /** Nobody is asked: the world is read until it is as it must be. */
  reading: ({ kind, params, ...told }: OfKind): StepDocument => step(phase, kind, told, params),
});
