import type { WrittenEvent } from './event-rows.ts';

/** How an event is told outside: a CloudEvent 1.0 in its JSON format. */
export type CloudEvent = {
  readonly specversion: '1.0';
  readonly id: string;
  readonly source: string;
  readonly type: string;
  readonly subject?: string;
  readonly time: string;
  readonly datacontenttype: 'application/json';
  /** Extension "sequence" of CloudEvents: sorts as text. */
  readonly sequence: string;
  /** The hash of the event before; absent of the first one. */
  readonly previoushash?: string;
  /** The event as it stands in the log, which is what its hash covers. */
  readonly data: WrittenEvent;
};

/** Digits of a sequence, so that it sorts as text: those of the stored numbers. */
const SEQUENCE_DIGITS = 12;

/** The CloudEvent of a stored event; the same event is the same id, however often it is sent. */
export const cloudEventOf = (
  cutoverId: string,
  origin: string,
  event: WrittenEvent,
  previousHash: string,
): CloudEvent => ({
  specversion: '1.0',
  id: `${cutoverId}_${event.n}`,
  source: `${origin}/api/cutovers/${cutoverId}`,
  type: `ax-cutover.${String(event.type)}`,
  ...(typeof event.stepId === 'string' ? { subject: event.stepId } : {}),
  time: new Date(event.at).toISOString(),
  datacontenttype: 'application/json',
  sequence: String(event.n).padStart(SEQUENCE_DIGITS, '0'),
  ...(previousHash === '' ? {} : { previoushash: previousHash }),
  data: event,
});
