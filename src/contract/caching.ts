/** `Cache-Control` of an answer that a client may keep if it asks each time whether it still holds. @see RFC 9111 */
export const REVALIDATE = 'private, no-cache';
