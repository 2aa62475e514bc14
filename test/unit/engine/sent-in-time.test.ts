import { describe, expect, it } from 'vitest';
import { EFFECT_GRACE_MS } from '../../../shared/core/doubt.ts';
import type { LastLook } from '../../../shared/engine/sent-in-time.ts';
import { SENT_WITHIN_MS, sentInTime } from '../../../shared/engine/sent-in-time.ts';
import type { KindPorts } from '../../../shared/kinds/kind-ports.ts';

const outside = () => {
  const sent: string[] = [];
  const ports = {
    automation: {
      call: () => {
        sent.push('call');
        return Promise.resolve({ status: 202, body: '' });
      },
    },
    lcs: {
      startRefresh: () => {
        sent.push('refresh');
        return Promise.resolve({ accepted: true, activityId: 'a' });
      },
    },
  } as unknown as KindPorts;
  return { sent, ports };
};

const after = (ageMs: number, why: string | null = null): LastLook => ({
  sinceAnnouncedMs: () => ageMs,
  whyUnwanted: () => Promise.resolve(why),
});

describe('a request', () => {
  it('leaves while nobody can have been asked whether it did', async () => {
    const { sent, ports } = outside();
    const { automation, lcs } = sentInTime(ports, after(SENT_WITHIN_MS));
    await automation.call('robot', {});
    await lcs!.startRefresh('from', 'to');
    expect(sent).toEqual(['call', 'refresh']);
  });

  it('never leaves a process that was frozen since it was announced', async () => {
    const { sent, ports } = outside();
    const { automation, lcs } = sentInTime(ports, after(SENT_WITHIN_MS + 1));
    await expect(automation.call('robot', {})).rejects.toMatchObject({ code: 'C327' });
    await expect(lcs!.startRefresh('from', 'to')).rejects.toMatchObject({ code: 'C327' });
    expect(sent).toEqual([]);
  });

  it('that is no longer wanted never leaves', async () => {
    const { sent, ports } = outside();
    const { automation, lcs } = sentInTime(ports, after(0, 'go-live is held'));
    const refusal = { code: 'C327', message: expect.stringContaining('go-live is held') as string };
    await expect(automation.call('robot', {})).rejects.toMatchObject(refusal);
    await expect(lcs!.startRefresh('from', 'to')).rejects.toMatchObject(refusal);
    expect(sent).toEqual([]);
  });

  it('whose process is frozen during that look never leaves either', async () => {
    const { sent, ports } = outside();
    let ageMs = 0;
    const { automation } = sentInTime(ports, {
      sinceAnnouncedMs: () => ageMs,
      whyUnwanted: () => {
        ageMs = SENT_WITHIN_MS + 1;
        return Promise.resolve(null);
      },
    });
    await expect(automation.call('robot', {})).rejects.toMatchObject({ code: 'C327' });
    expect(sent).toEqual([]);
  });

  it('has its answer before anybody is asked: one that leaves at the last moment ends within the grace', () => {
    expect(SENT_WITHIN_MS + 30_000).toBeLessThan(EFFECT_GRACE_MS);
  });

  it('asks no Lifecycle Services where there are none', () => {
    const { ports } = outside();
    expect(sentInTime({ ...ports, lcs: null }, after(0)).lcs).toBeNull();
  });
});
