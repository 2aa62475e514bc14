import type { KindParams } from '../../shared/contract/read-plan.ts';
import { KINDS } from '../../shared/kinds/registry.ts';

/** The parameter schemas of all kinds. */
export const kindParams = (): KindParams => new Map(KINDS.map(({ name, params }) => [name, params]));
