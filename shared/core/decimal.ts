/** A decimal number without any loss: so many units of ten to the minus `scale`. */
type Decimal = { readonly units: bigint; readonly scale: number };

/** A decimal as SQL Server and JSON write it; the bounds are those of decimal(38), so that no exponent costs memory. */
const DECIMAL = /^(?<sign>-?)(?<whole>\d{1,38})(?:\.(?<part>\d{1,38}))?(?:e(?<exponent>[+-]?\d{1,2}))?$/i;
/** A double holds any decimal of so many digits, and gives it back as it was. */
const DIGITS_OF_DOUBLE = 15;

const ten = (power: number): bigint => 10n ** BigInt(power);

const parse = (text: string): Decimal | null => {
  const { sign = '', whole, part = '', exponent = '0' } = DECIMAL.exec(text)?.groups ?? {};
  if (whole === undefined) return null;
  const scale = part.length - Number(exponent);
  const units = BigInt(`${whole}${part}`) * (sign === '-' ? -1n : 1n);
  return scale >= 0 ? { units, scale } : { units: units * ten(-scale), scale: 0 };
};

const magnitude = (units: bigint): bigint => (units < 0n ? -units : units);

const atScale = ({ units, scale }: Decimal, wanted: number): bigint => units * ten(wanted - scale);

const textOf = ({ units, scale }: Decimal): string => {
  const digits = String(magnitude(units)).padStart(scale + 1, '0');
  const part = digits.slice(digits.length - scale).replace(/0+$/, '');
  const whole = digits.slice(0, digits.length - scale);
  return `${units < 0n ? '-' : ''}${whole}${part === '' ? '' : `.${part}`}`;
};

/** The exact decimal that a figure is, without needless zeros; null for anything else, and for a number too long for a double. */
export const decimalOf = (figure: unknown): string | null => {
  if (typeof figure === 'number') {
    const isExact = Number.isFinite(figure) && Number(figure.toPrecision(DIGITS_OF_DOUBLE)) === figure;
    return isExact ? decimalOf(String(figure)) : null;
  }
  const parsed = typeof figure === 'string' ? parse(figure) : null;
  return parsed && textOf(parsed);
};

const read = (text: string): Decimal => {
  const parsed = parse(text);
  if (parsed === null) throw new RangeError('This is not a decimal.');
  return parsed;
};

/** How far two decimals are apart, exactly; never negative. @throws {RangeError} for what is none. */
export const distanceOf = (a: string, b: string): string => {
  const [one, other] = [read(a), read(b)];
  const scale = Math.max(one.scale, other.scale);
  return textOf({ units: magnitude(atScale(one, scale) - atScale(other, scale)), scale });
};

/** What two figures may be apart: so much, or so many hundredths of the source's figure. */
export type Tolerance = number | { readonly percent: number };

const mostOf = (source: string, tolerance: Tolerance): Decimal => {
  if (typeof tolerance === 'number') return read(String(tolerance));
  const [from, share] = [read(source), read(String(tolerance.percent))];
  // A hundredth is two places.
  return { units: magnitude(from.units) * share.units, scale: from.scale + share.scale + 2 };
};

/** Whether a distance from a figure of the source is within what it may be. @throws {RangeError} for what is no decimal. */
export const isWithin = (distance: string, source: string, tolerance: Tolerance): boolean => {
  const [apart, most] = [read(distance), mostOf(source, tolerance)];
  const scale = Math.max(apart.scale, most.scale);
  return atScale(apart, scale) <= atScale(most, scale);
};
