import { stepQueue } from '../../shared/core/messages.ts';
import type { Engine } from '../../shared/engine/engine.ts';
import { KINDS } from '../../shared/kinds/registry.ts';
import { registerQueue } from '../messages/register.ts';

/** Registers one function with its own queue for every step kind of the registry; all share the one lifecycle. */
export const registerSteps = (engine: Engine): void => {
  for (const kind of KINDS) {
    registerQueue(engine, stepQueue(kind.name), 'step', (message) => engine.runStep(kind, message));
  }
};
