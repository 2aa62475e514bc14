import { BEGUN_AT } from '../support/test-world.ts';
import { makeMemoryTables } from '../support/memory-tables.ts';
import type { RowFile } from './row-file.ts';
import { makeSurveyedTables } from './row-file.ts';
import { makeStage } from './stage.ts';
import type { Story } from './stories.ts';

/** Plays a story up to its moment and gives every row that is stored then. */
export const playStory = async (story: Story): Promise<RowFile> => {
  const survey = makeSurveyedTables(makeMemoryTables());
  const stage = makeStage(BEGUN_AT, survey.tables);
  await story(stage);
  return { now: stage.clock.now(), asked: stage.asked, rows: await survey.rows() };
};
