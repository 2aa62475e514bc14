import { randomUUID } from 'node:crypto';
import type {
  CoreInvocationContext,
  HookName,
  InvocationRequest,
  InvocationResponse,
  LogLevel,
  ProgrammingModel,
  RpcTypedData,
} from './core-types.ts';
import type { RegisteredFunction, Registry } from './registry.ts';

/** Receives every line written through an invocation's context, and the host's own (function name `null` when of none). */
export type HostLog = (level: LogLevel, functionName: string | null, message: string) => void;

/** What became of the invocations of one function. */
export type InvocationCounts = {
  readonly running: number;
  readonly succeeded: number;
  readonly failed: number;
};

/** What a trigger hands over. */
export type TriggerInput = {
  readonly data: RpcTypedData;
  readonly metadata: Readonly<Record<string, RpcTypedData>>;
  readonly traceContext: InvocationRequest['traceContext'];
};

/** Runs functions and counts what became of them. */
export type Invoker = {
  /** @throws what the function or a hook throws. */
  readonly invoke: (fn: RegisteredFunction, input: TriggerInput) => Promise<InvocationResponse>;
  readonly counts: () => Readonly<Record<string, InvocationCounts>>;
  /** Resolves as soon as no invocation runs. */
  readonly idle: () => Promise<void>;
  readonly appHookData: object;
};

type InvokerOptions = {
  readonly model: ProgrammingModel;
  readonly registry: Registry;
  readonly log: HostLog;
  readonly timeoutMs: number | null;
  readonly onTimeout: (functionName: string, timeoutMs: number) => void;
};

const none: unknown = null;

type Scope = { readonly hookData: object; readonly appHookData: object };

/** Runs hooks one after the other; the first that throws ends it. */
export const runHooks = async (registry: Registry, name: HookName, context: object): Promise<void> => {
  for (const hook of registry.hooks(name)) await hook(context);
};

/** An invoker for the functions of one app. */
export const makeInvoker = (options: InvokerOptions): Invoker => {
  const counts = new Map<string, { running: number; succeeded: number; failed: number }>();
  const appHookData = {};
  const awaitingIdle: (() => void)[] = [];
  const isIdle = (): boolean => [...counts.values()].every(({ running }) => running === 0);
  const countsOf = (name: string): { running: number; succeeded: number; failed: number } => {
    const entry = counts.get(name) ?? { running: 0, succeeded: 0, failed: 0 };
    counts.set(name, entry);
    return entry;
  };
  return {
    appHookData,
    counts: () => Object.fromEntries([...counts].map(([name, count]) => [name, { ...count }])),
    idle: () =>
      new Promise((resolve) => {
        if (isIdle()) resolve();
        else awaitingIdle.push(resolve);
      }),
    invoke: async (fn, input) => {
      const count = countsOf(fn.name);
      count.running++;
      const stopTimer = startTimeout(fn.name, options);
      try {
        const response = await runInvocation(fn, input, options, { hookData: {}, appHookData });
        count.succeeded++;
        return response;
      } catch (error) {
        count.failed++;
        throw error;
      } finally {
        stopTimer();
        count.running--;
        if (isIdle()) for (const resolve of awaitingIdle.splice(0)) resolve();
      }
    },
  };
};

const startTimeout = (name: string, { timeoutMs, onTimeout }: InvokerOptions): (() => void) => {
  if (timeoutMs === null) return () => undefined;
  // Real time, also under an accelerated clock: the work a function does is not accelerated.
  const timer = setTimeout(() => {
    onTimeout(name, timeoutMs);
  }, timeoutMs);
  return () => {
    clearTimeout(timer);
  };
};

const runInvocation = async (
  fn: RegisteredFunction,
  input: TriggerInput,
  { model, registry, log }: InvokerOptions,
  scope: Scope,
): Promise<InvocationResponse> => {
  const core = makeCoreContext(fn, input, registry, log, scope);
  const invocation = model.getInvocationModel(core);
  const { context, inputs } = await invocation.getArguments();
  core.attach(context);

  const before = hookContext(scope, context, { inputs, functionCallback: fn.callback });
  await inState(core, 'preInvocationHooks', () => runHooks(registry, 'preInvocation', before));

  const after = hookContext(scope, context, {
    inputs: before.inputs,
    result: none,
    error: none,
  });
  await inState(core, 'invocation', async () => {
    try {
      after.result = await invocation.invokeFunction(context, before.inputs, before.functionCallback);
    } catch (error) {
      after.error = error;
    }
  });
  await inState(core, 'postInvocationHooks', () => runHooks(registry, 'postInvocation', after));
  // eslint-disable-next-line @typescript-eslint/only-throw-error -- whatever the app threw, or a hook left, is passed on
  if (after.error !== null && after.error !== undefined) throw after.error;
  return invocation.getResponse(context, after.result);
};

const inState = async (
  core: CoreInvocationContext,
  state: NonNullable<CoreInvocationContext['state']>,
  work: () => Promise<void>,
): Promise<void> => {
  core.state = state;
  try {
    await work();
  } finally {
    core.state = undefined;
  }
};

const hookContext = <T extends object>(scope: Scope, context: unknown, own: T): T =>
  Object.defineProperties(own, {
    hookData: { value: scope.hookData, enumerable: true },
    appHookData: { value: scope.appHookData, enumerable: true },
    invocationContext: { value: context, enumerable: true },
  });

const makeCoreContext = (
  fn: RegisteredFunction,
  input: TriggerInput,
  registry: Registry,
  log: HostLog,
  scope: Scope,
): CoreInvocationContext & { readonly attach: (context: unknown) => void } => {
  const invocationId = randomUUID();
  let invocationContext: unknown;
  return {
    invocationId,
    metadata: fn.metadata,
    request: {
      invocationId,
      functionId: fn.name,
      inputData: [{ name: fn.triggerName, data: input.data }],
      triggerMetadata: input.metadata,
      traceContext: input.traceContext,
    },
    attach: (context) => {
      invocationContext = context;
    },
    log: (level, category, message) => {
      const line = hookContext(scope, invocationContext, { level, category, message });
      for (const hook of registry.hooks('log')) hook(line);
      log(line.level, fn.name, line.message);
    },
  };
};
