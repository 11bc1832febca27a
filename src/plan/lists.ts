/** Adds to the list of a key. */
export function addTo<Key, Item>(map: Map<Key, Item[]>, key: Key, ...items: readonly Item[]): void {
  const list = map.get(key);
  if (list) list.push(...items);
  else map.set(key, [...items]);
}
