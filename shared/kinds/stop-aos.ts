import { z } from 'zod';
import { axSessions } from '../contract/statements/ax-sessions.ts';
import { CutoverError } from '../core/errors.ts';
import { asksAutomation, automationEffect } from './automation-task.ts';
import type { KindReading, StepContext } from './kind.ts';
import { defineKind } from './kind.ts';
import { automationSchema } from './names.ts';
import { acceptsSchema, READ, READ_OR_STATED } from './sources.ts';
import { readOrStated } from './stated.ts';
import { done, listed, notYet } from './verdicts.ts';

const params = z.strictObject({ automation: automationSchema, accepts: acceptsSchema(READ_OR_STATED) });
type Params = z.infer<typeof params>;

/** A process of AX that is still connected. */
type AxProcess = { readonly host: string; readonly processId: number; readonly sessions: number };
type Reading = { readonly processes: readonly AxProcess[] };

const readProcesses = async ({ ports, now }: StepContext<unknown>): Promise<KindReading<Reading>> => {
  const rows = await ports.sql.query(axSessions, null);
  if (rows[0]?.mayLook !== true) {
    throw new CutoverError('C503', `${axSessions.permission} on the source server`);
  }
  const processes = rows
    .filter(({ sessions }) => sessions > 0)
    .map(({ host, processId, sessions }) => ({
      host: host ?? 'an unnamed host',
      processId: processId ?? 0,
      sessions,
    }));
  return { source: 'pulled', takenAt: now, body: { processes } };
};

/** AX 2012 is off when no process of it is connected to the business database: the view decides, not the services. */
export const stopAos = defineKind<Params, Reading>({
  name: 'stop-aos',
  summary: 'Has every AOS stopped and proves that none is connected to the business database any more.',
  params,
  asks: asksAutomation,
  dataGate: false,
  rule: null,
  effect: automationEffect<Params>(({ bindings }) => ({ what: 'stop-aos', hosts: bindings.aosHosts })),
  accepts: ({ accepts }) => accepts ?? READ,
  pollEveryMs: 30_000,
  read: (context) =>
    readOrStated(context, {
      accepts: context.params.accepts ?? READ,
      servers: ['source'],
      of: 'ax-processes',
      read: () => readProcesses(context),
      stated: ({ processes }) => ({ processes: processes.filter(({ sessions }) => sessions > 0) }),
    }),
  judge: ({ bindings }, { body: { processes } }) => {
    if (processes.length === 0) {
      return done(`No process of AX is connected; ${bindings.aosHosts.length} AOS host(s) are bound`);
    }
    const hosts = [...new Set(processes.map(({ host }) => host))].sort();
    const named = processes.map(({ host, processId }) => `${host} (process ${processId})`).sort();
    return notYet({
      code: 'ax-running',
      message: `AX still runs: ${processes.length} process(es) on ${hosts.length} host(s): ${listed(named)}`,
      who: 'server administrator',
      next: `Stop the AOS service on ${listed(hosts)} and set it to start manually.`,
    });
  },
});
