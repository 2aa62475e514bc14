import { once } from 'node:events';
import { app } from '@azure/functions';

const report = (timer, context) => {
  context.log(JSON.stringify(timer));
};

app.timer('quarter-minute', { schedule: '*/15 * * * * *', handler: report });
app.timer('configured', { schedule: '%TIMER_SCHEDULE%', handler: report });
app.timer('at-startup', { schedule: '0 0 0 1 1 *', runOnStartup: true, handler: report });
app.timer('fails', {
  schedule: '*/15 * * * * *',
  handler: () => {
    throw new Error('timer trouble');
  },
});
app.timer('slow', {
  schedule: '* * * * * *',
  handler: async (timer, context) => {
    context.log('begin');
    await once(process, 'release');
    context.log('end');
  },
});
