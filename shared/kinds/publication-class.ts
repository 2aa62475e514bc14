import { z } from 'zod';
import type { PublicationClass } from '../core/replication.ts';

const PREFIXES: readonly (readonly [RegExp, PublicationClass])[] = [
  [/^AX(?:DB)?_PUB_(?:TABLE_)?Locked/i, 'locked'],
  [/^AX(?:DB)?_PUB_(?:PkTable|TABLE_Obj)/i, 'keyed'],
  [/^AX(?:DB)?_PUB_OtherObjects/i, 'other-objects'],
  [/^AX(?:DB)?_PUB_NoPKTable/i, 'non-keyed'],
];

/**
 * The class of a publication of the toolkit, by its prefix; the names differ between versions of the toolkit. What has
 * no known prefix is one of the dedicated publications of special tables.
 */
export const publicationClass = (publication: string): PublicationClass =>
  PREFIXES.find(([prefix]) => prefix.test(publication))?.[1] ?? 'special';

/** One class of publications. */
export const publicationClassSchema = z.enum([
  'keyed',
  'other-objects',
  'non-keyed',
  'locked',
  'special',
]) satisfies z.ZodType<PublicationClass>;

/** The classes a step speaks about. */
export const publicationClassesSchema = z
  .array(publicationClassSchema)
  .min(1)
  .max(5)
  .refine((classes) => new Set(classes).size === classes.length, { error: 'names a class twice' })
  .meta({ description: 'Whose tables: keyed, other-objects, non-keyed, locked, special.' });
