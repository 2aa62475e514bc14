import { z } from 'zod';
import { CutoverError } from '../../shared/core/errors.ts';
import type { Actor } from '../../shared/core/state.ts';

/** Who sent a request; throws C203 when nobody is signed in. */
export type Identify = (headers: { readonly get: (name: string) => string | null }) => Actor;

const principalSchema = z.object({ claims: z.array(z.object({ typ: z.string(), val: z.string() })) });
const OBJECT_ID = ['http://schemas.microsoft.com/identity/claims/objectidentifier', 'oid'];
const NAME = ['name', 'preferred_username'];

const decode = (header: string): z.infer<typeof principalSchema> | null => {
  try {
    return principalSchema.parse(JSON.parse(Buffer.from(header, 'base64').toString('utf8')));
  } catch {
    return null;
  }
};

/** The identity Microsoft Entra vouches for, as the platform passes it on; trusted only where the platform authenticates. */
export const platformIdentity: Identify = (headers) => {
  const principal = decode(headers.get('x-ms-client-principal') ?? '');
  const claim = (types: readonly string[]) => principal?.claims.find(({ typ }) => types.includes(typ))?.val;
  const id = claim(OBJECT_ID);
  if (id === undefined || id === '') throw new CutoverError('C203', 'no directory object id in the request');
  return { id, name: claim(NAME) ?? id };
};

/** Local use only: whoever the header `x-development-user: id;name` says. Refused by settings in production. */
export const developmentIdentity: Identify = (headers) => {
  const [id = '', name = id] = (headers.get('x-development-user') ?? '').split(';');
  if (!/^[\w.@-]{1,128}$/.test(id))
    throw new CutoverError('C203', 'the header x-development-user: id;name is missing');
  return { id, name: name.slice(0, 128) };
};
