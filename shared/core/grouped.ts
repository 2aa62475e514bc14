const FORMAT = new Intl.NumberFormat('en-US');

/** A whole number as people read it: 1,234,567. */
export const grouped = (value: number): string => FORMAT.format(value);
