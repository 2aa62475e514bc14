import type { PlanDocument, StepDocument } from '../../shared/contract/plan.ts';

type Differs = Partial<StepDocument>;

/** A step as a plan document writes it; its deadline is out of reach of an accelerated clock. */
const step = (id: string, kind: string, params: StepDocument['params'], differs: Differs): StepDocument => ({
  id,
  title: `Step ${id}`,
  phase: 1,
  kind,
  after: [],
  owner: 'dba',
  planned: '30min',
  deadline: '300d',
  params,
  instruction: `Do ${id}.`,
  ...differs,
});

/** Something a person does and reports. */
export const taskStep = (id: string, differs: Differs = {}): StepDocument =>
  step(id, 'task', { automation: null, confirm: [] }, differs);

/** Something the automation `robot` does and reports. */
export const robotStep = (id: string, differs: Differs = {}): StepDocument =>
  step(id, 'task', { automation: 'robot', confirm: [] }, differs);

/** A question to the business owner and the cutover manager; one approval is enough. */
export const approvalStep = (id: string, differs: Differs = {}, quorum = 1): StepDocument =>
  step(
    id,
    'approval',
    { question: `May ${id} pass?`, approvers: ['business-owner', 'cutover-manager'], quorum, denials: 1 },
    differs,
  );

/** A step of any other kind. */
export const stepOfKind = (
  id: string,
  kind: string,
  params: StepDocument['params'],
  differs: Differs = {},
): StepDocument => step(id, kind, params, differs);

/** A plan of these steps. */
export const planDocumentOf = (
  steps: readonly StepDocument[],
  differs: Partial<PlanDocument> = {},
): PlanDocument => ({
  schema: 1,
  id: 'small-plan',
  title: 'A small cutover',
  mode: 'mock',
  steps: [...steps],
  ...differs,
});
