import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import type { Role } from '../../../shared/contract/role.ts';
import { mayAct, ROLES } from '../../../shared/contract/role.ts';

it.each<[readonly Role[], readonly Role[]]>([
  [[], []],
  [['observer'], ['observer']],
  [['operator'], ['observer', 'operator']],
  [['approver'], ['observer', 'approver']],
  [['starter'], ['observer', 'starter']],
  [
    ['operator', 'approver'],
    ['observer', 'operator', 'approver'],
  ],
])('somebody with the roles %j may act as %j', (roles, may) => {
  expect(ROLES.filter((needed) => mayAct(roles, needed))).toEqual(may);
});

it('the app registration is given exactly the roles that the app knows', () => {
  const file = new URL('../../../infra/app-roles.json', import.meta.url);
  const roles = JSON.parse(readFileSync(file, 'utf8')) as readonly {
    readonly value: string;
    readonly id: string;
  }[];
  expect(roles.map(({ value }) => value)).toEqual(ROLES);
  expect(new Set(roles.map(({ id }) => id)).size).toBe(ROLES.length);
});
