import type { TableLists } from '../core/table-class.ts';
import type { StepContext } from './kind.ts';

/** What the newest lists that people gave say of tables; nothing where nobody gave any. */
export const tableListsOf = async (given: StepContext<unknown>['given']): Promise<TableLists> => {
  const [ignored, special] = await Promise.all([given('ignore-tables'), given('special-tables')]);
  return { ignored: ignored?.document.entries ?? [], special: special?.document.tables ?? [] };
};
