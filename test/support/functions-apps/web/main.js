import { Buffer } from 'node:buffer';
import { once } from 'node:events';
import { app, HttpResponse } from '@azure/functions';
import { hostVersion, getProgrammingModel } from '@azure/functions-core';

const describe = async (request) => ({
  method: request.method,
  url: request.url,
  query: Object.fromEntries(request.query),
  params: request.params,
  header: request.headers.get('x-test'),
  text: await request.text(),
});

app.http('echo', {
  route: 'echo/{id}/{part?}',
  methods: ['GET', 'POST', 'PUT'],
  handler: async (request) => ({ jsonBody: await describe(request) }),
});

app.http('json', {
  methods: ['POST'],
  handler: async (request) => ({ jsonBody: { got: await request.json() } }),
});

app.http('bytes', {
  methods: ['POST'],
  handler: async (request) => ({
    body: Buffer.from(await request.arrayBuffer()),
    headers: { 'content-type': 'application/octet-stream' },
  }),
});

app.http('answer', {
  handler: () => ({
    status: 201,
    jsonBody: { ok: true },
    headers: { 'x-answer': '42' },
    cookies: [
      { name: 'session', value: 'a b', httpOnly: true, secure: true, sameSite: 'Strict', maxAge: 60 },
      { name: 'theme', value: 'dark', path: '/ui', expires: new Date(1_800_000_000_000) },
    ],
  }),
});

app.http('response-object', { handler: () => new HttpResponse({ status: 202, body: 'accepted' }) });
app.http('nothing', { handler: () => undefined });
app.http('text-as-response', { handler: () => 'not an object' });
app.http('throws', {
  handler: () => {
    throw new Error('the secret reason');
  },
});
app.http('guarded', { authLevel: 'function', handler: () => ({ body: 'in' }) });
app.http('administered', { authLevel: 'admin', handler: () => ({ body: 'in' }) });

app.http('thing-rest', {
  route: 'things/{*rest}',
  handler: ({ params }) => ({ jsonBody: { rest: params } }),
});
app.http('thing-name', { route: 'things/{name}', handler: ({ params }) => ({ jsonBody: { name: params } }) });
app.http('thing-number', {
  route: 'things/{id:int}',
  handler: ({ params }) => ({ jsonBody: { id: params } }),
});
app.http('thing-best', { route: 'things/best', handler: () => ({ jsonBody: 'best' }) });
app.http('thing-read', { route: 'shared', methods: ['GET'], handler: () => ({ body: 'read' }) });
app.http('thing-write', { route: 'shared', methods: ['POST'], handler: () => ({ body: 'written' }) });

app.http('core', { handler: () => ({ jsonBody: { hostVersion, model: getProgrammingModel().name } }) });
app.http('context', {
  handler: (_request, context) => {
    context.log('count', 3);
    context.warn('careful');
    return { jsonBody: { functionName: context.functionName, trace: context.traceContext.traceParent } };
  },
});
app.http('waits', {
  handler: async () => {
    process.emit('waiting');
    await once(process, 'release');
    return { body: 'released' };
  },
});
app.http('setting', { handler: () => ({ jsonBody: { value: process.env.WEB_SETTING ?? null } }) });

const seen = [];
app.http('hooked', {
  handler: (_request, context) => ({ jsonBody: { seen, extra: context.extraInputs.get('from-hook') } }),
});
app.hook.appStart(() => {
  seen.push('start');
});
app.hook.appTerminate(() => {
  process.emit('terminated');
});
app.hook.preInvocation((context) => {
  if (context.invocationContext.functionName !== 'hooked') return;
  seen.push('before');
  context.hookData.mark = 'carried';
  context.invocationContext.extraInputs.set('from-hook', 'injected');
});
app.hook.postInvocation((context) => {
  if (context.invocationContext.functionName !== 'hooked') return;
  context.result.headers = { 'x-hook': context.hookData.mark };
});
app.hook.log((context) => {
  if (context.message === 'careful') context.message = 'careful, said the hook';
});
