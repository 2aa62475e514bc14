import { registerHooks } from 'node:module';
import { pathToFileURL } from 'node:url';
import type {
  FunctionCallback,
  FunctionMetadata,
  HookCallback,
  LogLevel,
  ProgrammingModel,
} from './core-types.ts';

/** What a host does with the calls an app makes on '@azure/functions-core'. */
type Registrar = {
  readonly registerFunction: (metadata: FunctionMetadata, callback: FunctionCallback) => () => void;
  readonly registerHook: (hookName: string, callback: HookCallback) => () => void;
  readonly log: (level: LogLevel, message: string) => void;
};

/** The core module of this process. */
export type CoreModule = {
  readonly direct: (registrar: Registrar) => void;
  readonly programmingModel: () => ProgrammingModel | null;
};

type Disposer = { readonly dispose: () => unknown };

class Disposable {
  readonly #callOnDispose: () => unknown;

  constructor(callOnDispose: () => unknown) {
    this.#callOnDispose = callOnDispose;
  }

  static from(...disposers: readonly Disposer[]): Disposable {
    return new Disposable(() => {
      for (const disposer of disposers) disposer.dispose();
    });
  }

  dispose(): unknown {
    return this.#callOnDispose();
  }
}

const moduleName = '@azure/functions-core';
const globalKey = Symbol.for('local.host.functions-core');
const moduleUrl = pathToFileURL('/@azure/functions-core/index.cjs').href;
// Exported name by name, because only so does an ESM import see the names of a CommonJS module.
const moduleSource = `
const core = globalThis[Symbol.for('${String(globalKey.description)}')];
exports.version = core.version;
exports.hostVersion = core.hostVersion;
exports.registerFunction = core.registerFunction;
exports.registerHook = core.registerHook;
exports.setProgrammingModel = core.setProgrammingModel;
exports.getProgrammingModel = core.getProgrammingModel;
exports.log = core.log;
exports.Disposable = core.Disposable;
`;

let provided: CoreModule | null = null;

/**
 * Makes '@azure/functions-core' resolvable for everything loaded from now on, by `import` and by `require`.
 * `@azure/functions` keeps the first core module it sees, so there is one in a process and it is pointed at the host
 * that is loading its app.
 */
export const provideCoreModule = (): CoreModule => {
  provided ??= installCoreModule();
  return provided;
};

const installCoreModule = (): CoreModule => {
  let registrar: Registrar | null = null;
  let model: ProgrammingModel | null = null;
  const current = (): Registrar => {
    if (registrar === null) throw new Error('No Functions host is loading an app.');
    return registrar;
  };
  const core = {
    version: '3.13.0',
    hostVersion: '4.1042.100',
    registerFunction: (metadata: FunctionMetadata, callback: FunctionCallback) =>
      new Disposable(current().registerFunction(metadata, callback)),
    registerHook: (hookName: string, callback: HookCallback) =>
      new Disposable(current().registerHook(hookName, callback)),
    setProgrammingModel: (chosen: ProgrammingModel) => {
      model = chosen;
    },
    getProgrammingModel: () => model,
    log: (level: LogLevel, _category: string, message: string) => {
      current().log(level, message);
    },
    Disposable,
  };
  Object.defineProperty(globalThis, globalKey, { value: core });
  registerHooks({
    resolve: (specifier, context, next) =>
      specifier === moduleName
        ? { url: moduleUrl, format: 'commonjs', shortCircuit: true }
        : next(specifier, context),
    load: (url, context, next) =>
      url === moduleUrl
        ? { format: 'commonjs', source: moduleSource, shortCircuit: true }
        : next(url, context),
  });
  return {
    direct: (next) => {
      registrar = next;
    },
    programmingModel: () => model,
  };
};
