/** Any JSON value, as it crosses a boundary or is stored. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };
