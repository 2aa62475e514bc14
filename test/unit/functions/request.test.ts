import type { HttpRequest } from '@azure/functions';
import { expect, it } from 'vitest';
import { checkRequest } from '../../../functions/http/request.ts';
import type { Gatekeeper } from '../../../functions/http/request.ts';
import { ROUTES } from '../../../shared/contract/routes.ts';

const gate: Gatekeeper = {
  identify: () => ({ by: { id: 'dirk', name: 'Dirk' }, roles: ['operator'] }),
  verify: () => '1',
  verifyCollector: () => '1',
  freshKey: () => '1',
  refused: () => Promise.resolve(),
};

it('a body that announces 100 MB is refused before any of it is read', async () => {
  let read = false;
  const request = {
    headers: new Headers({ 'content-length': String(100 * 1024 * 1024), 'idempotency-key': '1' }),
    params: { cutoverId: 'c-1' },
    url: 'http://app/api/cutovers/c-1/uploads',
    arrayBuffer: () => {
      read = true;
      return Promise.resolve(new ArrayBuffer(0));
    },
  } as unknown as HttpRequest;
  const caller = { by: null, webhookId: null, raw: null, roles: ['operator'] as const };
  const checked = checkRequest(ROUTES['upload-document'], request, caller, gate);
  await expect(checked).rejects.toMatchObject({ code: 'C202' });
  expect(read).toBe(false);
});
