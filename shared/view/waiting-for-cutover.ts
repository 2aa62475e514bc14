import type { WaitingForView } from '../contract/status.ts';
import { CLOCK } from '../core/decide-time.ts';
import { expiryOf } from '../core/proposals.ts';
import type { CutoverState } from '../core/state.ts';
import { iso } from './instant.ts';
import type { WaitingLine } from './waiting-line.ts';
import { beside, inTheWay } from './waiting-line.ts';

const OF_NO_STEP = { stepId: null, attempt: null, kind: null } as const;

const start = ({ id, held, status, startAt, startedAt }: CutoverState): readonly WaitingForView[] => {
  if (status !== 'scheduled' || startAt === undefined) return [];
  const isHeld = held !== null;
  return [
    {
      ...OF_NO_STEP,
      what: 'start',
      who: 'nobody',
      message: `Scheduled: it begins${isHeld ? ', once it is resumed,' : ' by itself'} at ${iso(startAt)}`,
      since: iso(startedAt),
      deadlineAt: iso(startAt),
      evidenceHash: null,
      next: isHeld
        ? `POST /api/cutovers/${id}/resume lets it begin, /abort ends it`
        : `Wait; POST /api/cutovers/${id}/hold keeps it from beginning, /abort ends it`,
    },
  ];
};

const resume = ({ id, held }: CutoverState): readonly WaitingForView[] => {
  if (held === null) return [];
  const byClock = held.by.id === CLOCK.id;
  return [
    {
      ...OF_NO_STEP,
      what: 'resume',
      // Nobody can ask the clock.
      who: byClock ? 'cutover-manager' : held.by.name,
      message: `Held${byClock ? ` by ${CLOCK.name}` : ''}: ${held.reason}`,
      since: iso(held.since),
      deadlineAt: null,
      evidenceHash: null,
      next: `POST /api/cutovers/${id}/resume`,
    },
  ];
};

const revision = ({ id, proposal }: CutoverState): readonly WaitingForView[] => {
  if (proposal === null) return [];
  const { hash, by, reason, changes, at } = proposal;
  const path = `/api/cutovers/${id}/revisions/${hash}`;
  return [
    {
      ...OF_NO_STEP,
      what: 'revision',
      who: `anybody but ${by.name}`,
      message: `${by.name} proposes ${changes.length} change(s) of the plan: ${reason}`,
      since: iso(at),
      deadlineAt: iso(expiryOf(proposal)),
      evidenceHash: hash,
      next: `GET ${path} to see them, then POST ${path}/decision`,
    },
  ];
};

/** What is asked of people about the cutover itself; it goes on without the decision about a proposal. */
export const linesOfCutover = (state: CutoverState): readonly WaitingLine[] => [
  ...inTheWay([...start(state), ...resume(state)]),
  ...beside(revision(state)),
];
