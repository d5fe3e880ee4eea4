import type { Page, PageQuery } from '../contract/page.js';

type AnyPage = Pick<Page<unknown>, 'next_cursor'>;

/**
 * A whole list, page by page, or its first entries.
 *
 * @param read a page of the API's list. @param entriesOf the entries that it has. @param atMost of all pages together
 */
export async function readPages<P extends AnyPage, T>(
  read: (query: PageQuery) => Promise<P>,
  entriesOf: (page: P) => readonly T[],
  atMost = Infinity,
): Promise<T[]> {
  const entries: T[] = [];
  for (let after: string | undefined; ;) {
    const page = await read({ limit: Math.min(PAGE, atMost - entries.length), after });
    entries.push(...entriesOf(page));
    if (page.next_cursor === null || entries.length >= atMost) return entries;
    after = Buffer.from(page.next_cursor, 'base64url').toString('latin1');
  }
}

/** The longest that a list gives. */
const PAGE = 200;
