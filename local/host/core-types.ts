// The part of the worker's core protocol that `@azure/functions` and this host speak with each other. The published
// library imports these names from '@azure/functions-core', a package that exists only inside a worker.

/** Severity of a log line, as the worker names it. */
export type LogLevel = 'trace' | 'debug' | 'information' | 'warning' | 'error' | 'critical' | 'none';

/** One value on its way between host and function. */
export type RpcTypedData = {
  readonly string?: string;
  readonly json?: string;
  readonly bytes?: Uint8Array;
  readonly int?: number;
  readonly double?: number;
  readonly http?: RpcHttpData;
};

/** A value that keeps "empty" and "absent" apart. */
type Nullable<T> = { readonly value?: T | null } | null;

/** One cookie of a response. */
export type RpcHttpCookie = {
  readonly name?: string;
  readonly value?: string;
  readonly domain?: Nullable<string>;
  readonly path?: Nullable<string>;
  readonly expires?: Nullable<{ readonly seconds?: number; readonly nanos?: number }>;
  readonly secure?: Nullable<boolean>;
  readonly httpOnly?: Nullable<boolean>;
  readonly sameSite?: 'none' | 'lax' | 'strict' | 'explicitNone';
  readonly maxAge?: Nullable<number>;
};

/** An HTTP request or response on its way between host and function. */
export type RpcHttpData = {
  readonly method?: string;
  readonly url?: string;
  readonly nullableHeaders?: Readonly<Record<string, Nullable<string>>>;
  readonly nullableQuery?: Readonly<Record<string, Nullable<string>>>;
  readonly nullableParams?: Readonly<Record<string, Nullable<string>>>;
  readonly body?: RpcTypedData | null;
  readonly statusCode?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly cookies?: readonly RpcHttpCookie[];
};

/** A trigger, input or output of a function as the library registers it; the other properties depend on the type. */
export type Binding = {
  readonly type: string;
  readonly direction: 'in' | 'out' | 'inout';
  readonly [property: string]: unknown;
};

/** What the library registers for one function. */
export type FunctionMetadata = {
  readonly name: string;
  readonly bindings: Readonly<Record<string, Binding>>;
  readonly retryOptions?: unknown;
};

/** The app's own handler. */
export type FunctionCallback = (...inputs: readonly unknown[]) => unknown;

/** What a function is called with. */
export type InvocationRequest = {
  readonly invocationId: string;
  readonly functionId: string;
  readonly inputData: readonly { readonly name: string; readonly data: RpcTypedData }[];
  readonly triggerMetadata: Readonly<Record<string, RpcTypedData>>;
  readonly traceContext: {
    readonly traceParent: string;
    readonly traceState: string;
    readonly attributes: Readonly<Record<string, string>>;
  };
};

/** What a function answers. */
export type InvocationResponse = {
  readonly invocationId: string;
  readonly returnValue?: RpcTypedData | null;
};

/** Where an invocation stands; the library warns of log lines that come after it. */
type InvocationState = 'preInvocationHooks' | 'invocation' | 'postInvocationHooks';

/** What the host hands to the programming model for one invocation. */
export type CoreInvocationContext = {
  readonly invocationId: string;
  readonly request: InvocationRequest;
  readonly metadata: FunctionMetadata;
  state?: InvocationState | undefined;
  readonly log: (level: LogLevel, category: string, message: string) => void;
};

/** How the library converts and runs one invocation. */
type InvocationModel = {
  readonly getArguments: () => Promise<{ readonly context: unknown; readonly inputs: unknown[] }>;
  readonly invokeFunction: (
    context: unknown,
    inputs: unknown[],
    callback: FunctionCallback,
  ) => Promise<unknown>;
  readonly getResponse: (context: unknown, result: unknown) => Promise<InvocationResponse>;
};

/** The library's side of the protocol. */
export type ProgrammingModel = {
  readonly name: string;
  readonly version: string;
  readonly getInvocationModel: (context: CoreInvocationContext) => InvocationModel;
  readonly getCapabilities?: (capabilities: Record<string, string>) => Promise<Record<string, string>>;
};

/** The points at which an app may hook in. */
export type HookName = 'appStart' | 'appTerminate' | 'preInvocation' | 'postInvocation' | 'log';

/** A hook of the app; what it is given depends on the hook. */
export type HookCallback = (context: object) => unknown;
