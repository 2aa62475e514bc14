import type { Engine } from '../shared/engine/engine.ts';
import type { Errands } from '../shared/engine/errands.ts';
import type { Kind } from '../shared/kinds/kind.ts';
import { callbackHandlers } from './callbacks/callbacks.ts';
import { collectorHandlers } from './callbacks/collector.ts';
import { pageHandlers } from './dashboard/page.ts';
import { auditHandlers } from './http/audit.ts';
import { controlHandlers } from './http/control.ts';
import { countHandlers } from './http/counts.ts';
import { cutoverHandlers } from './http/cutovers.ts';
import { letterHandlers } from './http/dead-letters.ts';
import { drillHandlers } from './http/drill-downs.ts';
import { healthHandlers } from './http/health.ts';
import type { PlanDesk } from './http/plan-desk.ts';
import { outlookHandlers } from './http/outlook.ts';
import { planHandlers } from './http/plans.ts';
import { readingHandlers } from './http/readings.ts';
import type { Handlers } from './http/register.ts';
import { revisionHandlers } from './http/revisions.ts';
import { subscriptionHandlers } from './http/subscriptions.ts';
import { uploadHandlers } from './http/uploads.ts';
import { deadLetterHandlers } from './messages/dead-letters.ts';
import type { QueueHandlers } from './messages/queues.ts';
import { messageHandlers } from './messages/queues.ts';
import { stepHandlers } from './steps/steps.ts';

/** What answers each operation of the HTTP API, on one engine. */
export const routeHandlers = (
  engine: Engine,
  desk: PlanDesk,
  errands: Pick<Errands, 'take' | 'answer'>,
): Handlers => ({
  ...cutoverHandlers(engine, desk),
  ...outlookHandlers(engine),
  ...countHandlers(engine),
  ...readingHandlers(engine),
  ...drillHandlers(engine),
  ...auditHandlers(engine),
  ...controlHandlers(engine),
  ...revisionHandlers(engine, desk),
  ...uploadHandlers(engine),
  ...subscriptionHandlers(engine),
  ...planHandlers(desk),
  ...letterHandlers(engine),
  ...healthHandlers(engine),
  ...callbackHandlers(engine),
  ...collectorHandlers(errands),
  ...pageHandlers(engine),
});

/** What takes the messages of each queue, on one engine. */
export const queueHandlers = (engine: Engine, kinds: readonly Kind[]): QueueHandlers => ({
  ...stepHandlers(engine, kinds),
  ...messageHandlers(engine),
  ...deadLetterHandlers(engine),
});
