import { describe, expect, it } from 'vitest';
import type { Tolerance } from '../../../shared/core/decimal.ts';
import { decimalOf, distanceOf, isWithin } from '../../../shared/core/decimal.ts';

describe('a figure as an exact decimal', () => {
  it.each<[unknown, string | null]>([
    [0, '0'],
    [-0, '0'],
    [1234.5, '1234.5'],
    [-0.01, '-0.01'],
    [1e-7, '0.0000001'],
    [1.5e20, '150000000000000000000'],
    [999_999_999_999_999, '999999999999999'],
    [2 ** 53, null],
    [0.1 + 0.2, null],
    [Number.NaN, null],
    [Number.POSITIVE_INFINITY, null],
    ['9007199254740993.25', '9007199254740993.25'],
    ['-12345678901234567890123456.78', '-12345678901234567890123456.78'],
    ['100.00', '100'],
    ['007.50', '7.5'],
    ['1e3', '1000'],
    ['1.25E-3', '0.00125'],
    ['1'.repeat(38), '1'.repeat(38)],
    ['1'.repeat(39), null],
    ['1e999', null],
    ['', null],
    ['1,5', null],
    ['0x10', null],
    [' 1', null],
    ['NaN', null],
    [null, null],
    [true, null],
    [new Date(0), null],
  ])('of %j is %s', (figure, decimal) => {
    expect(decimalOf(figure)).toBe(decimal);
  });
});

describe('the distance of two decimals', () => {
  it.each([
    ['1234.56', '1234.57', '0.01'],
    ['-1', '1', '2'],
    ['9007199254740993', '9007199254740992', '1'],
    ['0.1', '0.30', '0.2'],
    ['5', '5.000', '0'],
  ])('of %s and %s is %s, either way', (a, b, distance) => {
    expect([distanceOf(a, b), distanceOf(b, a)]).toEqual([distance, distance]);
  });

  it.each(['', 'x', '1,0'])('is not that of %j', (text) => {
    expect(() => distanceOf(text, '1')).toThrow(RangeError);
    expect(() => distanceOf('1', text)).toThrow(RangeError);
  });
});

describe('a distance is within its tolerance', () => {
  it.each<[string, string, Tolerance, boolean]>([
    ['0.01', '100', 0.01, true],
    ['0.010000000000000001', '100', 0.01, false],
    ['0', '100', 0, true],
    ['0.0000001', '100', 1e-7, true],
    ['1', '100', { percent: 1 }, true],
    ['1', '-100', { percent: 1 }, true],
    ['1.01', '100', { percent: 1 }, false],
    ['0.5', '1000', { percent: 0.05 }, true],
    ['0.51', '1000', { percent: 0.05 }, false],
    ['0', '0', { percent: 5 }, true],
    ['0.01', '0', { percent: 5 }, false],
  ])('%s of %s by %j: %s', (distance, source, tolerance, within) => {
    expect(isWithin(distance, source, tolerance)).toBe(within);
  });
});
