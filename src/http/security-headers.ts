import type { IncomingMessage, ServerResponse } from 'node:http';

import helmet from 'helmet';

/** What OWASP's REST security cheat sheet asks of an answer that is data: nobody renders it. */
export const ANSWER_HEADERS = {
  'cache-control': 'no-store',
  'content-security-policy': "default-src 'self';frame-ancestors 'none'",
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'SAMEORIGIN',
} as const;

/**
 * What browsers are told with a page, Swagger UI: its scripts are our own files, its styles are partly inline. Helmet words it
 * once; it is the same for every page.
 */
const PAGE_HEADERS: Readonly<Record<string, string>> = wordsOf(
  helmet({
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        defaultSrc: ["'self'"],
        baseUri: ["'none'"],
        frameAncestors: ["'none'"],
        imgSrc: ["'self'", 'data:'],
        objectSrc: ["'none'"],
        scriptSrc: ["'self'"],
        styleSrc: ["'self'", "'unsafe-inline'"],
        // No upgrade-insecure-requests: it breaks Swagger UI over plain HTTP on other hosts than localhost.
      },
    },
    // Whoever ends TLS in front of this service says whether it is there for good.
    strictTransportSecurity: false,
  }),
);

/** Everything below it is a page or belongs to one. */
const PAGES = '/docs';

export const headersFor = (url: string): Readonly<Record<string, string>> =>
  url.startsWith(PAGES) ? PAGE_HEADERS : ANSWER_HEADERS;

function wordsOf(middleware: ReturnType<typeof helmet>): Record<string, string> {
  const words: Record<string, string> = {};
  const response = {
    setHeader: (name: string, value: string) => (words[name.toLowerCase()] = value),
    removeHeader: () => undefined,
  };
  middleware({} as IncomingMessage, response as unknown as ServerResponse, (error) => {
    if (error !== undefined) throw new Error('helmet has no words', { cause: error });
  });
  return words;
}
