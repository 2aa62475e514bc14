import { bytesToUint, uintBytes } from './bytes.ts';
import { SqlError } from './sql-error.ts';
import type { TypeInfo } from './types.ts';

type DecimalInfo = Extract<TypeInfo, { family: 'decimal' }>;

const DIGITS = /^(-?)(\d+)(?:\.(\d+))?$/;

/** Sign and magnitude of a decimal; text and bigint keep every digit, a number is rounded to the scale. */
export function encodeDecimal(info: DecimalInfo, value: string | number | bigint): Buffer {
  const text = typeof value === 'number' ? value.toFixed(info.scale) : String(value);
  const [, sign, whole, fraction = ''] = DIGITS.exec(text) ?? [];
  if (whole === undefined || fraction.length > info.scale) {
    throw new RangeError(`${text} is not a decimal(${info.precision},${info.scale}).`);
  }
  const magnitude = BigInt(whole + fraction.padEnd(info.scale, '0'));
  if (magnitude >= 10n ** BigInt(info.precision)) {
    throw new SqlError(8115, 'Arithmetic overflow error converting expression to data type numeric.', {
      state: 2,
    });
  }
  return Buffer.concat([Buffer.from([sign === '-' ? 0 : 1]), uintBytes(magnitude, info.bytes - 1)]);
}

/** The exact digits of a decimal. */
export function decodeDecimal(scale: number, data: Buffer): string {
  const digits = String(bytesToUint(data.subarray(1))).padStart(scale + 1, '0');
  const whole = digits.slice(0, digits.length - scale);
  const sign = data[0] === 0 && /[1-9]/.test(digits) ? '-' : '';
  return scale === 0 ? `${sign}${whole}` : `${sign}${whole}.${digits.slice(-scale)}`;
}
