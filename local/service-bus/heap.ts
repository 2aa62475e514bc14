/** A binary heap: the item that comes before all others is at its head. */
export type Heap<T> = {
  readonly items: T[];
  readonly isBefore: (one: T, other: T) => boolean;
};

/** An empty heap with the given order. */
export const makeHeap = <T>(isBefore: (one: T, other: T) => boolean): Heap<T> => ({ items: [], isBefore });

/** The head, left where it is; undefined when the heap is empty. */
export const peekHeap = <T>(heap: Heap<T>): T | undefined => heap.items[0];

/** Adds an item. */
export const pushHeap = <T>({ items, isBefore }: Heap<T>, item: T): void => {
  let index = items.length;
  items.push(item);
  while (index > 0) {
    const parentIndex = (index - 1) >> 1;
    const parent = items[parentIndex] as T;
    if (!isBefore(item, parent)) break;
    items[index] = parent;
    index = parentIndex;
  }
  items[index] = item;
};

/** Takes the head out; undefined when the heap is empty. */
export const popHeap = <T>({ items, isBefore }: Heap<T>): T | undefined => {
  const head = items[0];
  const moved = items.pop();
  if (moved === undefined || items.length === 0) return head;
  let index = 0;
  for (;;) {
    let childIndex = 2 * index + 1;
    if (childIndex >= items.length) break;
    const right = childIndex + 1;
    if (right < items.length && isBefore(items[right] as T, items[childIndex] as T)) childIndex = right;
    const child = items[childIndex] as T;
    if (!isBefore(child, moved)) break;
    items[index] = child;
    index = childIndex;
  }
  items[index] = moved;
  return head;
};
