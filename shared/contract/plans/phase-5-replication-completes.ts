import type { StepDocument } from '../plan.ts';
import { stepsOfPhase } from './step-builders.ts';

const { reading } = stepsOfPhase(5);

/** The proof that everything written before the stop has arrived, and the baseline taken after it. */
export const replicationCompletes = (): readonly StepDocument[] => [
  reading({
    kind: 'replication-gate',
    id: 'replication-drained',
    title: 'Everything written before the stop has arrived',
    after: ['stop-aos'],
    owner: 'dba',
    planned: '20min',
    deadline: '6h',
    onDeadline: 'hold',
    marks: 'tracer-posted',
    params: {
      goal: 'drained',
      classes: ['keyed', 'other-objects'],
      polls: 2,
      tracer: true,
      after: 'aos-stopped',
    },
    instruction: [
      'Nothing to press: a tracer token is posted in each transactional publication right after the stop.',
      'The gate opens when all tokens have arrived and two looks in a row find nothing pending, the log read to its end and all agents healthy.',
      'The token is the last write to the source; the baseline is counted only after it.',
    ],
  }),
  reading({
    kind: 'baseline',
    id: 'baseline',
    title: 'Count the source exactly',
    after: ['replication-drained'],
    owner: 'dba',
    planned: '45min',
    deadline: '6h',
    maxAttempts: 3,
    params: { classes: ['keyed', 'special'] },
    instruction: [
      'Nothing to press: the rows of the published tables are counted exactly at the source, in portions that spare the server.',
      'The result is stored with its hash and is what any later doubt is settled with.',
    ],
  }),
];
