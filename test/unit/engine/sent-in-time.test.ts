import { describe, expect, it } from 'vitest';
import { EFFECT_GRACE_MS } from '../../../shared/core/doubt.ts';
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

describe('a request', () => {
  it('leaves while nobody can have been asked whether it did', async () => {
    const { sent, ports } = outside();
    const { automation, lcs } = sentInTime(ports, () => SENT_WITHIN_MS);
    await automation.call('robot', {});
    await lcs!.startRefresh('from', 'to');
    expect(sent).toEqual(['call', 'refresh']);
  });

  it('never leaves a process that was frozen since it was announced', async () => {
    const { sent, ports } = outside();
    const { automation, lcs } = sentInTime(ports, () => SENT_WITHIN_MS + 1);
    await expect(automation.call('robot', {})).rejects.toMatchObject({ code: 'C327' });
    await expect(lcs!.startRefresh('from', 'to')).rejects.toMatchObject({ code: 'C327' });
    expect(sent).toEqual([]);
  });

  it('has its answer before anybody is asked: one that leaves at the last moment ends within the grace', () => {
    expect(SENT_WITHIN_MS + 30_000).toBeLessThan(EFFECT_GRACE_MS);
  });

  it('asks no Lifecycle Services where there are none', () => {
    const { ports } = outside();
    expect(sentInTime({ ...ports, lcs: null }, () => 0).lcs).toBeNull();
  });
});
