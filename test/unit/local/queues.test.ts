import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { queues } from '../../../local/queues.ts';

const INFRA = resolve(import.meta.dirname, '../../../infra');
const declared = JSON.parse(readFileSync(join(INFRA, 'queues.json'), 'utf8')) as {
  readonly queues: readonly string[];
  readonly deadLetters: string;
};
const template = readFileSync(join(INFRA, 'messaging.bicep'), 'utf8');

/** A property of the queue that the template declares under this name. */
const propertyOf = (resource: string, property: string): string | undefined => {
  const from = template.indexOf(`resource ${resource} `);
  return new RegExp(`${property}: ([^\\n]+)`).exec(template.slice(from))?.[1];
};

describe('the queues of the local run', () => {
  it('are those that are deployed', () => {
    const names = queues().map(({ name }) => name);
    expect(names.toSorted()).toEqual([...declared.queues, declared.deadLetters].toSorted());
  });

  it('keep two dead letters of one message id, and drop what a queue of work has seen', () => {
    expect(propertyOf('deadLetters', 'requiresDuplicateDetection')).toBe('false');
    expect(propertyOf('queue', 'requiresDuplicateDetection')).toBe('true');
    expect(propertyOf('queue', 'duplicateDetectionHistoryTimeWindow')).toBe("'PT10M'");
    for (const { name, duplicateDetectionWindowMs } of queues()) {
      expect(duplicateDetectionWindowMs).toBe(name === declared.deadLetters ? null : 10 * 60_000);
    }
  });

  it('forward their dead letters to one queue, which forwards none', () => {
    expect(propertyOf('queue', 'forwardDeadLetteredMessagesTo')).toBe('deadLetters.name');
    for (const { name, forwardDeadLetteredMessagesTo } of queues()) {
      expect(forwardDeadLetteredMessagesTo).toBe(name === declared.deadLetters ? null : declared.deadLetters);
    }
  });

  it.each(['deadLetters', 'queue'])('lock and give up as the deployed ones do (%s)', (resource) => {
    expect(propertyOf(resource, 'lockDuration')).toBe("'PT5M'");
    expect(propertyOf(resource, 'maxDeliveryCount')).toBe('10');
    for (const { lockDurationMs, maxDeliveryCount } of queues()) {
      expect([lockDurationMs, maxDeliveryCount]).toEqual([5 * 60_000, 10]);
    }
  });
});
