import type { VerificationView } from '../../shared/contract/audit.ts';
import { ERRORS } from '../../shared/core/errors.ts';
import { canonical } from '../../shared/engine/canonical.ts';
import type { Engine } from '../../shared/engine/engine.ts';
import { headOf } from './cutovers.ts';
import type { Handlers } from './register.ts';

/** Whether the log is what was committed, and the log itself for whoever checks it without the app. */
export const auditHandlers = (engine: Engine): Pick<Handlers, 'verify-events' | 'export-events'> => ({
  'verify-events': async ({ params }) => {
    const { entries, lastHash, firstBad } = await engine.verifyLog(params.cutoverId);
    const told: VerificationView = {
      verified: firstBad === null,
      entries,
      lastHash: entries === 0 ? null : lastHash,
      firstBad: firstBad && { ...firstBad, code: 'C406', next: ERRORS.C406.next },
    };
    return { jsonBody: told };
  },

  'export-events': async ({ params: { cutoverId } }) => {
    await headOf(engine, cutoverId);
    const events = await engine.store.log(cutoverId, 0, Infinity);
    return {
      headers: {
        'content-type': 'application/x-ndjson; charset=utf-8',
        'content-disposition': `attachment; filename="${cutoverId}-events.ndjson"`,
      },
      body: events.map((event) => `${canonical(event)}\n`).join(''),
    };
  },
});
