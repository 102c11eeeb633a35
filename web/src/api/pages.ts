interface PageOf<T> {
  items: T[];
  next?: string | null;
}

/** Reads a list to its end, page by page, for lists that are known to be short. */
export async function everyPage<T>(
  read: (after: string | undefined) => Promise<PageOf<T>>,
  most = 5000,
): Promise<T[]> {
  const items: T[] = [];
  let after: string | undefined;
  do {
    const page = await read(after);
    items.push(...page.items);
    after = page.next ?? undefined;
  } while (after !== undefined && items.length < most);
  return items;
}
