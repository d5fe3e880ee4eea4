/** A name as a part of a JSON pointer. @see RFC 6901 */
export const escaped = (name: string): string => name.replaceAll('~', '~0').replaceAll('/', '~1');
