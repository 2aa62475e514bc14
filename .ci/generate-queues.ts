import { messageSchema } from '../shared/contract/messages.ts';
import { stepQueue } from '../shared/core/messages.ts';
import { DEAD_LETTERS } from '../shared/engine/dead-letters.ts';
import { KINDS } from '../shared/kinds/registry.ts';

/** Every queue of the app: one per step kind, one per other type of message, and the one for dead letters. */
const queues = () => {
  const others = messageSchema.options.map(({ shape }) => shape.type.value).filter((type) => type !== 'step');
  const steps = KINDS.map(({ name }) => stepQueue(name));
  return { queues: [...others, ...steps].sort(), deadLetters: DEAD_LETTERS };
};

/** The queue list that `infra/messaging.bicep` loads. */
export const queueFiles = [
  { file: 'infra/queues.json', content: () => `${JSON.stringify(queues(), null, 2)}\n` },
];
