import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import type { ErrorCode } from '../../../shared/core/errors.ts';
import { CutoverError, ERRORS } from '../../../shared/core/errors.ts';

const codes = Object.keys(ERRORS) as ErrorCode[];

const sourceOf = (folder: string): string =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts') && !file.endsWith(path.join('core', 'errors.ts')))
    .map((file) => readFileSync(path.join(folder, file), 'utf8'))
    .join('\n');

describe('the catalogue of errors', () => {
  it.each(codes)('tells of %s what it is and what to do', (code) => {
    const { title, next } = ERRORS[code];
    expect(code).toMatch(/^C[1-9]\d{2}$/);
    expect(title).toMatch(/^[A-Z].*[^.]$/);
    expect(next).toMatch(/^[A-Z].*\.$/);
  });

  it('names each error differently', () => {
    expect(new Set(codes.map((code) => ERRORS[code].title)).size).toBe(codes.length);
  });

  it('holds no code that nothing in the product uses', () => {
    const source = ['shared', 'functions'].map(sourceOf).join('\n');
    const unused = codes.filter((code) => !new RegExp(`'${code}'|ERRORS\\.${code}\\b`).test(source));
    expect(unused).toEqual([]);
  });
});

describe('an error of the product', () => {
  it('says what it is before the details of this case, and what to do', () => {
    const error = new CutoverError('C501', 'sql-1:1433');
    expect(error).toBeInstanceOf(Error);
    expect(error.message).toBe('The SQL Server did not answer: sql-1:1433');
    expect(error).toMatchObject({ name: 'CutoverError', code: 'C501', retriable: true, problems: [] });
    expect(error.next).toBe(ERRORS.C501.next);
    expect('cause' in error).toBe(false);
  });

  it('keeps its cause and its list of problems', () => {
    const cause = new Error('reset');
    const error = new CutoverError('C301', 'two problems', { cause, problems: ['first', 'second'] });
    expect(error.cause).toBe(cause);
    expect(error).toMatchObject({ problems: ['first', 'second'], retriable: false });
  });
});
