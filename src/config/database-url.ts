/** Scheme and user; hosts, commas between them; database and options. */
const PARTS = /^([^/]+:\/\/(?:[^/]*@)?)([^/@?#]*)(.*)$/s;

/** The members that a group of MySQL servers can have. */
const SERVERS_MAX = 9;
const MYSQL_PORT = '3306';

type Urls = readonly [string, ...string[]];

/**
 * The same URL once for each of its hosts, in their order: `mysql://u:p@a:3306,b:3306/db` names two servers of one group.
 * A URL with one host comes back as it is.
 */
export function serverUrls(url: string): Urls {
  const [, before = '', hosts = '', after = ''] = PARTS.exec(url) ?? [];
  if (!hosts.includes(',')) return [url];
  const [first = '', ...others] = hosts.split(',').map((host) => `${before}${host}${after}`);
  return [first, ...others];
}

/** Whether the URL names several servers, of which one is the primary. */
export const namesSeveral = (url: string): boolean => serverUrls(url).length > 1;

/** The hosts with their ports, for people: `db-1:3306, db-2:3306`. Without user and password. */
export const hostsOf = (url: string): string =>
  serverUrls(url)
    .map((server) => new URL(server).host)
    .join(', ');

/** The same servers, and no database of theirs. */
export const withoutDatabase = (url: string): string => url.replace(/^([^/]+:\/\/[^/]*)\/[^?#]*/, '$1/');

/** What is wrong with several hosts of a URL, if anything is; never repeats a part of it that may be a password. */
export function faultOfHosts(url: string): string | undefined {
  const hosts = (PARTS.exec(url)?.[2] ?? '').split(',');
  if (hosts.length === 1) return undefined;
  if (hosts.length > SERVERS_MAX) return `names ${hosts.length} hosts: a group has at most ${SERVERS_MAX} servers`;
  if (hosts.some((host) => host === '' || host.startsWith(':'))) {
    return 'has a comma without a host beside it: mysql://user:password@host1:3306,host2:3306,host3:3306/database';
  }
  const places = hosts.map((host) => (/:\d+$/.test(host) ? host : `${host}:${MYSQL_PORT}`));
  const twice = places.find((place, n) => places.indexOf(place) !== n);
  return twice === undefined ? undefined : `names ${twice} twice`;
}
