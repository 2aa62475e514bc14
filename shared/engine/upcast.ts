/** What a row holds, or one event of a row of events, as some version wrote it. */
type Body = Readonly<Record<string, unknown>>;

/**
 * What may be brought up to the present version. Evidence, and the names, counts and manifest of a snapshot, are not:
 * a hash covers them, so they are what they were when they were written.
 */
export type Upcastable = 'head' | 'plan' | 'event' | 'input' | 'out' | 'reading' | 'dead-letter' | 'line';

type Step = Readonly<Partial<Record<Upcastable, (body: Body) => Body>>>;

const eachStep = (steps: unknown, change: (step: Body) => Body): Body =>
  Object.fromEntries(Object.entries(steps as Record<string, Body>).map(([id, step]) => [id, change(step)]));

/** The first one leads from version 1 to 2, the second from 2 to 3; a released step never changes. */
const STEPS: readonly Step[] = [
  {
    // The row says its version now, not the state; a step knows whether the message of its dispatch is a dead letter.
    head: (head) => {
      const { schema: _, ...state } = head.state as Body;
      return {
        ...head,
        state: { ...state, steps: eachStep(state.steps, (step) => ({ ...step, stuck: null })) },
      };
    },
    event: (event) => (event.type === 'message-dead-lettered' ? { ...event, dispatched: null } : event),
    // A letter tells more of what the broker knew, and who made up for it.
    'dead-letter': (letter) => ({
      description: null,
      deliveries: null,
      dispatched: null,
      redriven: null,
      ...letter,
    }),
  },
];

/** The schema version of every row this code writes; rows of version 1 do not say theirs. */
export const SCHEMA = STEPS.length + 1;

/** Brings a body of version `from` up to the present one: pure, one step per version. */
export const upcast = (what: Upcastable, body: Body, from: number): Body =>
  STEPS.slice(from - 1).reduce((before, step) => step[what]?.(before) ?? before, body);
