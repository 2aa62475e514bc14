import { z } from 'zod';
import type { Role } from '../../shared/contract/role.ts';
import { isRole, ROLES } from '../../shared/contract/role.ts';
import { CutoverError } from '../../shared/core/errors.ts';
import type { Actor } from '../../shared/core/state.ts';

/** A signed-in person and the roles Microsoft Entra gave them. */
export type SignedIn = { readonly by: Actor; readonly roles: readonly Role[] };

/** Who sent a request; throws C203 when nobody is signed in. */
export type Identify = (headers: { readonly get: (name: string) => string | null }) => SignedIn;

const principalSchema = z.object({
  role_typ: z.string().nullish(),
  claims: z.array(z.object({ typ: z.string(), val: z.string() })),
});
const OBJECT_ID = ['http://schemas.microsoft.com/identity/claims/objectidentifier', 'oid'];
const NAME = ['name', 'preferred_username'];
/** The platform names the claim type itself; the token of version 2 writes it so. */
const ROLE = 'roles';

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
  const claim = (types: readonly string[]) =>
    types
      .map((type) => principal?.claims.find(({ typ }) => typ === type)?.val)
      .find((val) => val !== undefined);
  const id = claim(OBJECT_ID);
  if (id === undefined || id === '') throw new CutoverError('C203', 'no directory object id in the request');
  const isRoleClaim = ({ typ }: { readonly typ: string }): boolean =>
    [principal?.role_typ, ROLE].includes(typ);
  const roles = (principal?.claims ?? []).filter(isRoleClaim).map(({ val }) => val);
  return { by: { id, name: claim(NAME) ?? id }, roles: roles.filter(isRole) };
};

/**
 * Local use only: whoever the header `x-development-user: id;name;role role` says, of every role where none is named.
 * Refused by settings in production.
 */
export const developmentIdentity: Identify = (headers) => {
  const [id = '', name = id, roles] = (headers.get('x-development-user') ?? '').split(';');
  if (!/^[\w.@-]{1,128}$/.test(id))
    throw new CutoverError('C203', 'the header x-development-user: id;name is missing');
  const named = roles?.split(' ').filter(isRole);
  return { by: { id, name: name.slice(0, 128) }, roles: named ?? ROLES };
};
