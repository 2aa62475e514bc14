import { describe, expect, it } from 'vitest';
import { developmentIdentity, platformIdentity } from '../../../functions/http/identity.ts';
import { ROLES } from '../../../shared/contract/role.ts';

type Claims = readonly (readonly [typ: string, val: string])[];

const OID = '2f1c0b1e-0000-4000-8000-000000000001';
const ROLE_TYPE = 'http://schemas.microsoft.com/ws/2008/06/identity/claims/role';

const principal = (claims: Claims, differs: object = {}): Headers => {
  const body = { auth_typ: 'aad', claims: claims.map(([typ, val]) => ({ typ, val })), ...differs };
  return new Headers({ 'x-ms-client-principal': Buffer.from(JSON.stringify(body)).toString('base64') });
};

describe('whom the platform vouches for', () => {
  it.each<[string, Headers, readonly string[]]>([
    ['no role', principal([['oid', OID]]), []],
    [
      'one role',
      principal([
        ['oid', OID],
        ['roles', 'operator'],
      ]),
      ['operator'],
    ],
    [
      'two roles',
      principal([
        ['oid', OID],
        ['roles', 'operator'],
        ['roles', 'approver'],
      ]),
      ['operator', 'approver'],
    ],
    [
      'a role under the claim type the platform names',
      principal(
        [
          ['oid', OID],
          [ROLE_TYPE, 'starter'],
        ],
        { role_typ: ROLE_TYPE },
      ),
      ['starter'],
    ],
    [
      'a role under a claim type it does not name',
      principal([
        ['oid', OID],
        [ROLE_TYPE, 'starter'],
      ]),
      [],
    ],
    [
      'roles of other products',
      principal([
        ['oid', OID],
        ['roles', 'Operator'],
        ['roles', 'admin'],
      ]),
      [],
    ],
    [
      'a role as a name',
      principal([
        ['oid', OID],
        ['name', 'starter'],
      ]),
      [],
    ],
  ])('has with %s just the roles %s', (_, headers, roles) => {
    expect(platformIdentity(headers).roles).toEqual(roles);
  });

  it('is known by the directory id, never by name or address', () => {
    const headers = principal([
      ['preferred_username', 'a@b.c'],
      ['name', 'Ann'],
      ['oid', OID],
    ]);
    expect(platformIdentity(headers).by).toEqual({ id: OID, name: 'Ann' });
  });

  it.each<[string, Headers]>([
    ['without the header', new Headers()],
    ['with a header that is not base64 of JSON', new Headers({ 'x-ms-client-principal': '{' })],
    [
      'without a directory id',
      principal([
        ['name', 'Ann'],
        ['roles', 'operator'],
      ]),
    ],
    ['with an empty directory id', principal([['oid', '']])],
    ['with the development header alone', new Headers({ 'x-development-user': 'ann;Ann;operator' })],
  ])('is nobody %s', (_, headers) => {
    expect(() => platformIdentity(headers)).toThrow(expect.objectContaining({ code: 'C203' }));
  });
});

describe('the development identity', () => {
  it.each<[string, readonly string[]]>([
    ['ann;Ann', ROLES],
    ['ann', ROLES],
    ['ann;Ann;operator approver', ['operator', 'approver']],
    ['ann;Ann;', []],
    ['ann;Ann;root', []],
  ])('%s has the roles %s', (header, roles) => {
    expect(developmentIdentity(new Headers({ 'x-development-user': header })).roles).toEqual(roles);
  });
});
