import { EventEmitter } from 'node:events';
import { describe, expect, it } from 'vitest';
import { listenForInterruption } from '../../../cli/interruption.ts';

const listen = () => {
  const signals = new EventEmitter();
  const happened: string[] = [];
  let nowMs = 0;
  const interruption = listenForInterruption({
    signals,
    nowMs: () => nowMs,
    onFirst: () => happened.push('stops'),
    endAtOnce: (exitCode) => happened.push(`ends with ${exitCode}`),
  });
  const after = (ms: number, name: string) => {
    nowMs += ms;
    signals.emit(name);
  };
  return { interruption, happened, after };
};

describe('an interruption', () => {
  it('without any signal aborts nothing and has no exit code', () => {
    const { interruption, happened } = listen();
    expect([interruption.signal.aborted, interruption.exitCode(), happened]).toEqual([false, null, []]);
  });

  it.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ])('by %s aborts and gives the exit code %d', (name, exitCode) => {
    const { interruption, happened, after } = listen();
    after(0, name);
    expect([interruption.signal.aborted, interruption.exitCode(), happened]).toEqual([
      true,
      exitCode,
      ['stops'],
    ]);
  });

  it('ends at once by a second signal', () => {
    const { happened, after } = listen();
    after(0, 'SIGINT');
    after(1000, 'SIGINT');
    expect(happened).toEqual(['stops', 'ends with 130']);
  });

  it('takes a signal that arrives twice in a moment, as through npm, for one', () => {
    const { happened, after } = listen();
    after(0, 'SIGINT');
    after(20, 'SIGINT');
    expect(happened).toEqual(['stops']);
    after(2000, 'SIGTERM');
    expect(happened).toEqual(['stops', 'ends with 143']);
  });
});
