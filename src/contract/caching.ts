/** `Cache-Control` of an answer that a client may keep if it asks each time whether it still holds. @see RFC 9111 */
export const REVALIDATE = 'private, no-cache';

/** Headers of such an answer, for the document. */
export const VALIDATORS = {
  'Cache-Control': {
    description: 'Yours to keep, if you ask each time whether it still holds (RFC 9111)',
    required: true,
    schema: { type: 'string' as const, enum: [REVALIDATE] },
    example: REVALIDATE,
  },
  ETag: {
    description: 'Changes with the answer; send it as If-None-Match (RFC 9110)',
    required: true,
    schema: { type: 'string' as const, pattern: '^"[\\w-]+"$' },
    example: '"XUNFnDlws5TL_1IFl1Epv0m8xMwUZwPGsxlkRZdNtFQ"',
  },
};
