import type { PublicationClass } from '../../shared/core/replication.ts';
import type { AxTable } from './ax-tables.ts';
import type { Scene, ToolkitEntry } from './history.ts';
import { remember } from './remember.ts';
import { toolkitRuns } from './toolkit-runs.ts';

/** A publication as the toolkit will set it up. */
export type PublicationDesign = {
  /** Number of the publication, and of its agents, in the distribution database. */
  readonly id: number;
  readonly name: string;
  readonly class: PublicationClass;
  /** Whether changes follow the snapshot. */
  readonly transactional: boolean;
  readonly setUpBy: ToolkitEntry;
  /** Whether a person starts its snapshot; otherwise the toolkit does. */
  readonly startedByHand: boolean;
  /** Tables, or functions for the other objects. */
  readonly articles: readonly AxTable[];
};

/** A publication that exists. */
export type Publication = PublicationDesign & { readonly createdAt: number };

/** Functions are published without rows. */
const FUNCTIONS = [
  'IF_WHSINVENTRESERVE',
  'IF_WHSINVENTRESERVEDELTA',
  'IF_WHSLOADLINEINVENTORY',
  'CONPEEK',
  'CONSIZE',
  'WORKCALENDARDAYS',
].map((name): AxTable => ({ name, class: 'ignored', rows: 0, rowsPerHour: 0, updatesPerHour: 0 }));

const share = (tables: readonly AxTable[], parts: number, part: number): readonly AxTable[] =>
  tables.filter((_, index) => index % parts === part);

/** Which publications the toolkit makes of these tables; a class without tables gets none. */
export const designPublications = (
  tables: readonly AxTable[],
  publishers: number,
): readonly PublicationDesign[] => {
  const of = (tableClass: AxTable['class']): readonly AxTable[] =>
    tables.filter((table) => table.class === tableClass);
  const split = (tableClass: 'keyed' | 'special', prefix: string): readonly Omit<PublicationDesign, 'id'>[] =>
    Array.from({ length: publishers }, (_, part) => ({
      name: `${prefix}_${part + 1}`,
      class: tableClass,
      transactional: true,
      setUpBy: 5,
      startedByHand: true,
      articles: share(of(tableClass), publishers, part),
    }));
  const whole = (
    name: string,
    publicationClass: PublicationClass,
    setUpBy: ToolkitEntry,
    articles: readonly AxTable[],
  ): Omit<PublicationDesign, 'id'> => ({
    name,
    class: publicationClass,
    transactional: false,
    setUpBy,
    startedByHand: false,
    articles,
  });
  return [
    ...split('keyed', 'AX_PUB_PkTable'),
    ...split('special', 'AX_PUB_SpecialTable'),
    whole('AX_PUB_OtherObjects', 'other-objects', 6, FUNCTIONS),
    whole('AX_PUB_NoPKTable', 'non-keyed', 7, of('non-keyed')),
    whole('AX_PUB_TABLE_LockedTable', 'locked', 7, of('locked')),
  ]
    .filter(({ articles }) => articles.length > 0)
    .map((design, index) => ({ ...design, id: index + 1 }));
};

/** Whether the distribution database exists: from the end of entry 4 to the end of entry 8. */
export const distributionExists = (scene: Scene, now: number): boolean => {
  const ended = toolkitRuns(scene, now).filter(({ finishesAt }) => finishesAt <= now);
  return ended.some(({ entry }) => entry === 4) && !ended.some(({ entry }) => entry === 8);
};

/** The publications that exist at a time. */
export const publicationsAt = (scene: Scene, now: number): readonly Publication[] => {
  if (!distributionExists(scene, now)) return [];
  const runs = toolkitRuns(scene, now);
  return scene.designs.flatMap((design) => {
    const run = runs.find(({ entry, finishesAt }) => entry === design.setUpBy && finishesAt <= now);
    return run === undefined ? [] : [{ ...design, createdAt: run.finishesAt }];
  });
};

const rememberArticles = remember<ReadonlySet<string>>();

/** The names of all articles that are published at a time. */
export const publishedArticles = (scene: Scene, now: number): ReadonlySet<string> => {
  const publications = publicationsAt(scene, now);
  return rememberArticles(
    scene.designs,
    publications.map(({ id }) => id).join(),
    () => new Set(publications.flatMap(({ articles }) => articles.map(({ name }) => name))),
  );
};
