import { stepQueue } from '../../shared/core/messages.ts';
import type { Engine } from '../../shared/engine/engine.ts';
import type { Kind } from '../../shared/kinds/kind.ts';
import type { QueueHandlers } from '../messages/queues.ts';
import { queueHandler } from '../messages/queues.ts';

/** Takes the dispatches of each step kind from its own queue; all kinds share the one lifecycle. */
export const stepHandlers = (engine: Engine, kinds: readonly Kind[]): QueueHandlers =>
  Object.fromEntries(
    kinds.map((kind) => {
      const queue = stepQueue(kind.name);
      return [queue, queueHandler(engine, queue, 'step', (message) => engine.runStep(kind, message))];
    }),
  );
