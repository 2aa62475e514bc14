import type { Binding, FunctionCallback, FunctionMetadata, HookCallback, HookName } from './core-types.ts';

/** A function as this host knows it: one trigger, one handler. */
export type RegisteredFunction = {
  readonly name: string;
  readonly metadata: FunctionMetadata;
  readonly triggerName: string;
  readonly trigger: Binding;
  readonly callback: FunctionCallback;
};

/** What an app registers while it starts. */
export type Registry = {
  readonly registerFunction: (metadata: FunctionMetadata, callback: FunctionCallback) => () => void;
  readonly registerHook: (hookName: string, callback: HookCallback) => () => void;
  readonly hooks: (hookName: HookName) => readonly HookCallback[];
  /** Ends start-up: registers nothing more, and throws every refusal, also one that the app has swallowed. */
  readonly finish: () => readonly RegisteredFunction[];
};

const hookNames: readonly string[] = [
  'appStart',
  'appTerminate',
  'preInvocation',
  'postInvocation',
  'log',
] satisfies readonly HookName[];
const supportedTriggers: readonly string[] = ['httpTrigger', 'timerTrigger', 'serviceBusTrigger'];
const validName = /^[a-z][a-z0-9_-]{0,127}$/i;

/** An empty registry. */
export const makeRegistry = (): Registry => {
  const functions = new Map<string, RegisteredFunction>();
  const hooks = new Map<string, HookCallback[]>();
  const refusals: string[] = [];
  let finished = false;
  const refuse = (message: string): never => {
    refusals.push(message);
    throw new Error(message);
  };
  return {
    registerFunction: (metadata, callback) => {
      if (finished) throw new Error('A function can only be registered during app startup.');
      // The real host compares names without case.
      const key = metadata.name.toLowerCase();
      if (functions.has(key)) refuse(`Function "${metadata.name}" is registered twice.`);
      const problem = problemOf(metadata);
      if (problem !== null) refuse(problem);
      functions.set(key, toRegistered(metadata, callback));
      return () => {
        if (finished) throw new Error('A function can only be disposed during app startup.');
        functions.delete(key);
      };
    },
    registerHook: (hookName, callback) => {
      if (!hookNames.includes(hookName))
        // The library looks for this name and mark when it explains that a hook is unknown.
        throw Object.assign(new RangeError(`Unrecognized hook "${hookName}"`), {
          isAzureFunctionsSystemError: true,
        });
      const list = hooks.get(hookName) ?? [];
      hooks.set(hookName, list);
      list.push(callback);
      return () => {
        const index = list.indexOf(callback);
        if (index >= 0) list.splice(index, 1);
      };
    },
    hooks: (hookName) => [...(hooks.get(hookName) ?? [])],
    finish: () => {
      finished = true;
      if (refusals.length > 0) throw new Error(refusals.join('\n'));
      return [...functions.values()];
    },
  };
};

const isTrigger = (binding: Binding): boolean => binding.type.toLowerCase().endsWith('trigger');

const toRegistered = (metadata: FunctionMetadata, callback: FunctionCallback): RegisteredFunction => {
  const found = Object.entries(metadata.bindings).find(([, binding]) => isTrigger(binding));
  if (found === undefined) throw new Error(`Function "${metadata.name}" has no trigger.`);
  const [triggerName, trigger] = found;
  return { name: metadata.name, metadata, triggerName, trigger, callback };
};

const problemOf = ({ name, bindings, retryOptions }: FunctionMetadata): string | null => {
  if (!validName.test(name)) return `"${name}" is not a valid function name.`;
  const all = Object.entries(bindings);
  const triggers = all.filter(([, binding]) => isTrigger(binding)).map(([, binding]) => binding);
  const [trigger] = triggers;
  if (trigger === undefined || triggers.length > 1)
    return `Function "${name}" must have exactly one trigger.`;
  if (!supportedTriggers.includes(trigger.type))
    return `Function "${name}": this host has no trigger of type "${trigger.type}", only ${supportedTriggers.join(', ')}.`;
  const isHttp = trigger.type === 'httpTrigger';
  for (const [bindingName, binding] of all)
    if (binding !== trigger && !(isHttp && bindingName === '$return' && binding.type === 'http'))
      return `Function "${name}": this host has no ${binding.direction} binding of type "${binding.type}".`;
  if (retryOptions !== undefined)
    return trigger.type === 'serviceBusTrigger'
      ? `Function "${name}": a Service Bus trigger has no retry policy; messages are redelivered by the queue.`
      : `Function "${name}": this host does not run retry policies.`;
  return trigger.type === 'serviceBusTrigger' ? serviceBusProblem(name, trigger) : null;
};

const serviceBusProblem = (name: string, trigger: Binding): string | null => {
  if (typeof trigger.queueName !== 'string' || typeof trigger.connection !== 'string')
    return `Function "${name}": this host listens to queues only; queueName and connection are required.`;
  if (trigger.isSessionsEnabled === true) return `Function "${name}": this host has no sessions.`;
  if (trigger.cardinality === 'many') return `Function "${name}": this host delivers one message at a time.`;
  if (trigger.sdkBinding === true) return `Function "${name}": this host has no SDK bindings.`;
  if (trigger.autoCompleteMessages === false)
    return `Function "${name}": without auto-completion its messages could never be settled.`;
  return null;
};
