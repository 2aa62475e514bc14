import { resolve } from 'node:path';
import type { Clock } from '../../shared/adapters/clock.ts';
import { provideCoreModule } from './core-module.ts';
import type { LogLevel, ProgrammingModel } from './core-types.ts';
import { readHostSettings, type HostSettings } from './host-settings.ts';
import { prepareEndpoint, startHttp } from './http-trigger.ts';
import { makeInvoker, runHooks, type HostLog, type InvocationCounts, type Invoker } from './invoke.ts';
import { loadApp } from './load-app.ts';
import { makeRegistry, type RegisteredFunction, type Registry } from './registry.ts';
import { prepareServiceBus } from './service-bus-trigger.ts';
import { disableNagle } from './socket-no-delay.ts';
import { prepareTimer, type Listener } from './timer-trigger.ts';

/** How to run an app. */
export type HostOptions = {
  /** The folder of the app's package.json and host.json. */
  readonly appRoot: string;
  /** 0, the default, takes any free port. */
  readonly port?: number;
  /** Put into `process.env` before the app is loaded; `undefined` removes a setting. */
  readonly environment?: Readonly<Record<string, string | undefined>>;
  readonly clock: Clock;
  /** How many times as fast as the machine's clock `clock` runs. */
  readonly timeFactor: number;
  /** Runs these functions only, so that several processes can share an app. */
  readonly functions?: readonly string[];
  /** Opens functions of level `function`. */
  readonly functionKey: string;
  /** Opens functions of every level; the function key, when left out. */
  readonly adminKey?: string;
  /** 100 MiB, as in Azure, when left out. */
  readonly bodyLimitBytes?: number;
  readonly log: HostLog;
  /** A function ran longer than host.json allows. Left out, the process ends, as a worker's does. */
  readonly onTimeout?: (functionName: string, timeoutMs: number) => void;
};

/** A running Functions host. */
export type Host = {
  /** Where the functions' routes begin: origin and route prefix. */
  readonly url: string;
  readonly functions: readonly string[];
  readonly invocations: () => Readonly<Record<string, InvocationCounts>>;
  /** Resolves at the next moment at which no invocation runs. */
  readonly drain: () => Promise<void>;
  /** Takes nothing more in, lets running invocations and their settlements end, and runs the app's termination hooks. */
  readonly stop: () => Promise<void>;
};

type App = {
  readonly registry: Registry;
  readonly functions: readonly RegisteredFunction[];
  readonly model: ProgrammingModel;
};

const defaultBodyLimitBytes = 100 * 1024 * 1024;

/**
 * Loads a built Functions app into this process and runs it with the real `@azure/functions`. One process can run several
 * apps but each only once, because a module is evaluated once.
 * @throws what the app throws while loading, and everything this host refuses to run, by name.
 */
export const startHost = async (options: HostOptions): Promise<Host> => {
  const restoreSockets = disableNagle();
  try {
    return await run(options, restoreSockets);
  } catch (error) {
    restoreSockets();
    throw error;
  }
};

const run = async (options: HostOptions, restoreSockets: () => void): Promise<Host> => {
  const appRoot = resolve(options.appRoot);
  applyEnvironment(options.environment ?? {});
  const settings = await readHostSettings(appRoot);
  const app = await startApp(appRoot, options.log);
  const functions = select(app.functions, options.functions);
  const invoker = makeInvoker({
    model: app.model,
    registry: app.registry,
    log: options.log,
    timeoutMs: settings.functionTimeoutMs,
    onTimeout: options.onTimeout ?? endProcess,
  });
  const hookScope = { hookData: {}, appHookData: invoker.appHookData };
  await runHooks(app.registry, 'appStart', { ...hookScope, functionAppDirectory: appRoot });
  const { url, listeners } = await startListeners(functions, settings, invoker, options);
  return {
    url,
    functions: functions.map(({ name }) => name),
    invocations: invoker.counts,
    drain: invoker.idle,
    stop: async () => {
      await Promise.all(listeners.map((listener) => listener.stop()));
      await invoker.idle();
      await runHooks(app.registry, 'appTerminate', hookScope);
      restoreSockets();
    },
  };
};

const applyEnvironment = (environment: Readonly<Record<string, string | undefined>>): void => {
  for (const [name, value] of Object.entries(environment))
    if (value === undefined) Reflect.deleteProperty(process.env, name);
    else process.env[name] = value;
};

const startApp = async (appRoot: string, log: HostLog): Promise<App> => {
  const registry = makeRegistry();
  const core = provideCoreModule();
  core.direct({
    registerFunction: registry.registerFunction,
    registerHook: registry.registerHook,
    log: (level: LogLevel, message: string) => {
      log(level, null, message);
    },
  });
  await loadApp(appRoot);
  const model = core.programmingModel();
  const capabilities = await model?.getCapabilities?.({});
  const functions = registry.finish();
  if (model === null || functions.length === 0)
    throw new Error(
      `The app in ${appRoot} registered no function. Either it was loaded before in this process, or "@azure/functions" was, outside a host.`,
    );
  if (capabilities?.HttpUri !== undefined)
    throw new Error('This host has no HTTP streaming (enableHttpStream).');
  return { registry, functions, model };
};

const select = (
  all: readonly RegisteredFunction[],
  wanted: readonly string[] | undefined,
): readonly RegisteredFunction[] => {
  if (wanted === undefined) return all;
  const unknown = wanted.filter((name) => !all.some((fn) => fn.name === name));
  if (unknown.length > 0)
    throw new Error(`The app has no function ${unknown.map((name) => `"${name}"`).join(', ')}.`);
  return all.filter(({ name }) => wanted.includes(name));
};

const startListeners = async (
  functions: readonly RegisteredFunction[],
  settings: HostSettings,
  invoker: Invoker,
  options: HostOptions,
): Promise<{ readonly url: string; readonly listeners: readonly Pick<Listener, 'stop'>[] }> => {
  const { clock, timeFactor, log } = options;
  const ofType = (type: string): readonly RegisteredFunction[] =>
    functions.filter((fn) => fn.trigger.type === type);
  // Everything is checked before anything runs.
  const endpoints = ofType('httpTrigger').map(prepareEndpoint);
  const starts = [
    ...ofType('timerTrigger').map((fn) => prepareTimer(fn, { clock, timeFactor, invoker, log })),
    ...ofType('serviceBusTrigger').map((fn) =>
      prepareServiceBus(fn, { settings: settings.serviceBus, clock, timeFactor, invoker, log }),
    ),
  ];
  const http = await startHttp(endpoints, {
    port: options.port ?? 0,
    routePrefix: settings.routePrefix,
    bodyLimitBytes: options.bodyLimitBytes ?? defaultBodyLimitBytes,
    functionKey: options.functionKey,
    adminKey: options.adminKey ?? options.functionKey,
    invoker,
    log,
  });
  return { url: http.url, listeners: [http, ...starts.map((start) => start())] };
};

const endProcess = (functionName: string, timeoutMs: number): void => {
  process.stderr.write(
    `Function "${functionName}" ran longer than ${timeoutMs} ms; the worker ends with it.\n`,
  );
  process.exit(1);
};
