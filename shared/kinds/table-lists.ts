import type { TableLists } from '../core/table-class.ts';
import type { StepContext } from './kind.ts';

/**
 * What the newest lists that people gave say of tables, once a second person has confirmed them: a list takes tables out
 * of data gates, which one person alone cannot (B8). Nothing where the newest is not confirmed.
 */
export const tableListsOf = async (given: StepContext<unknown>['given']): Promise<TableLists> => {
  const [ignored, special] = await Promise.all([given('ignore-tables'), given('special-tables')]);
  return {
    ignored: ignored?.upload.confirmed ? ignored.document.entries : [],
    special: special?.upload.confirmed ? special.document.tables : [],
  };
};
