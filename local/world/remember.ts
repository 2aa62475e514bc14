/**
 * Spares making anew what is asked for again and again: for each owner, the newest result and the key it was made for.
 * The key has to name everything but the owner that the result follows from.
 */
export const remember = <Result>(): ((owner: object, key: string | number, make: () => Result) => Result) => {
  const newest = new WeakMap<object, { readonly key: string | number; readonly result: Result }>();
  return (owner, key, make) => {
    const known = newest.get(owner);
    if (known?.key === key) return known.result;
    const result = make();
    newest.set(owner, { key, result });
    return result;
  };
};
