import type { StatedOf } from '../contract/stated-reading.ts';
import { AGENT_WORDS } from '../contract/stated-reading.ts';
import type { PublicationReading, ReplicationReading, RunStatus } from '../core/replication.ts';
import { publicationClass } from './publication-class.ts';
import { withoutValues } from './without-values.ts';

/**
 * How far apart people look, where they look in the place of the app: twice as far is a blind period, and the newest
 * look is too old after that. An assumption: time enough to find the second person at night.
 */
const STATED_PACE_MS = 60 * 60_000;

type Look = StatedOf<'replication'>['looks'][number];

const publicationOf = (
  { name, agents, ...publication }: Look['publications'][number],
  serverTime: number,
): PublicationReading => ({
  ...publication,
  name,
  class: publicationClass(name),
  undeliveredSince: null,
  retentionHours: null,
  agents: agents.map(({ role, does, says }) => ({
    name: role,
    role,
    runStatus: (AGENT_WORDS.indexOf(does) + 1) as RunStatus,
    comment: withoutValues(says),
    // What the screen shows is so at the time of the look.
    at: serverTime,
    latencyMs: null,
    error: null,
  })),
});

/** The looks of people as readings, so that they are judged by the same rules; oldest first. */
export const statedReplication = ({ looks }: StatedOf<'replication'>): readonly ReplicationReading[] =>
  looks.map(({ takenAt, serverTime, distributionExists, publications }) => ({
    schema: 1,
    slot: takenAt,
    source: 'stated',
    takenAt,
    paceMs: STATED_PACE_MS,
    depth: 'state',
    serverTime,
    blind: null,
    distributionExists,
    publications: publications.map((publication) => publicationOf(publication, serverTime)),
    distributionBytes: null,
    sourceServer: null,
    gaps: [],
    estimates: null,
  }));
