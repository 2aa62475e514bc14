import { z } from 'zod';
import type { ZodOpenApiPathsObject } from 'zod-openapi';
import { createDocument } from 'zod-openapi';
import type { Route } from './route.ts';
import { isRole } from './role.ts';
import { ROUTES } from './routes.ts';

const headersOf = (route: Route): z.ZodObject | undefined => {
  if (route.caller === 'machine' || route.caller === 'collector') {
    return z.object({
      'webhook-id': z.string(),
      'webhook-timestamp': z.string(),
      'webhook-signature': z.string(),
    });
  }
  if (route.idempotencyKey === 'none') return undefined;
  const header = z
    .string()
    .max(200)
    .meta({ description: 'New for each intention: the same key and body, the same answer.' });
  return z.object({ 'Idempotency-Key': route.idempotencyKey === 'required' ? header : header.optional() });
};

const operationOf = (name: string, route: Route) => {
  const header = headersOf(route);
  return {
    operationId: name,
    summary: route.summary,
    ...(isRole(route.caller) ? { description: `Takes the role ${route.caller}.` } : {}),
    requestParams: {
      path: route.params as z.ZodObject,
      query: route.query as z.ZodObject,
      ...(header === undefined ? {} : { header }),
    },
    ...(route.method === 'POST'
      ? { requestBody: { content: { 'application/json': { schema: route.body } } } }
      : {}),
    responses: Object.fromEntries(
      Object.entries(route.replies).map(([status, { description, schema, contentType }]) => [
        status,
        {
          description,
          ...(schema === null ? {} : { content: { [contentType ?? 'application/json']: { schema } } }),
        },
      ]),
    ),
  };
};

/** The OpenAPI 3.1 document of the HTTP API, derived from the routes. */
export const openApiDocument = () => {
  const paths: ZodOpenApiPathsObject = {};
  for (const [name, route] of Object.entries<Route>(ROUTES)) {
    const path = `/api/${route.path.replace('?}', '}')}`;
    paths[path] = { ...paths[path], [route.method.toLowerCase()]: operationOf(name, route) };
  }
  return createDocument({
    openapi: '3.1.0',
    info: {
      title: 'ax-cutover',
      version: '0.1.0',
      description:
        'Starts, watches and controls cutovers from Dynamics AX 2012 to Dynamics 365 finance and operations.',
    },
    paths,
  });
};
