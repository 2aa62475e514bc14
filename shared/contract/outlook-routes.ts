import { asOfQuerySchema } from './audit.ts';
import { forecastSchema } from './forecast.ts';
import { MISSING, ok, problem, SIGNED_IN } from './replies.ts';
import { get, ofCutover } from './route.ts';
import { whySchema } from './why.ts';

const NOT_THEN = { 409: problem('It was not started then, or the moment is not over') } as const;

/** What is in the way of a cutover, and how the rest of it goes. */
export const OUTLOOK_ROUTES = {
  'get-why': get(
    'cutovers/{cutoverId}/why',
    'Why it is not moving: everything in the way, who can clear it and how; now or as of a moment',
    'observer',
    ofCutover,
    asOfQuerySchema,
    {
      ...ok('What is in the way, and what is being worked on', whySchema),
      ...SIGNED_IN,
      ...MISSING,
      ...NOT_THEN,
    },
  ),
  'get-forecast': get(
    'cutovers/{cutoverId}/forecast',
    'When it will have ended, step by step, and until when it can be given up; now or as of a moment',
    'observer',
    ofCutover,
    asOfQuerySchema,
    {
      ...ok('By rehearsals, plan, and what has happened', forecastSchema),
      ...SIGNED_IN,
      ...MISSING,
      ...NOT_THEN,
    },
  ),
} as const;
