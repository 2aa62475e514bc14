/** Runs settlements of one receiver so that different outcomes never meet. */
export type SettlementLane = (outcome: 'complete' | 'abandon', settle: () => Promise<void>) => Promise<void>;

type Entry = { readonly outcome: string; readonly start: () => void };

/**
 * A lane in which equal outcomes run side by side and a different one waits until those before it are confirmed, in
 * order of arrival. The AMQP library below `@azure/service-bus` writes neighbouring settlements of one tick as one range
 * with the outcome of the first: a message abandoned beside a completed one would be completed, and lost.
 */
export const makeSettlementLane = (): SettlementLane => {
  const waiting: Entry[] = [];
  let current: string | null = null;
  let running = 0;
  const startWaiting = (): void => {
    for (let head = waiting[0]; head !== undefined; head = waiting[0]) {
      if (running > 0 && head.outcome !== current) return;
      waiting.shift();
      current = head.outcome;
      running++;
      head.start();
    }
  };
  return async (outcome, settle) => {
    await new Promise<void>((start) => {
      waiting.push({ outcome, start });
      startWaiting();
    });
    try {
      await settle();
    } finally {
      running--;
      startWaiting();
    }
  };
};
