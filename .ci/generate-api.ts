import { openApiDocument } from '../shared/contract/openapi.ts';
import { reviewOf } from '../shared/contract/statements/review.ts';
import { CATALOGUE } from '../shared/contract/statements/catalogue.ts';
import type { GeneratedFile } from './generated-file.ts';

const json = (value: unknown): string => `${JSON.stringify(value, null, 2)}\n`;

/** The HTTP API, and every T-SQL statement the product may send, for those who must allow it. */
export const apiFiles: readonly GeneratedFile[] = [
  { file: 'docs/reference/openapi.json', content: () => json(openApiDocument()) },
  { file: 'docs/reference/statements.json', content: () => json(CATALOGUE.map(reviewOf)) },
];
