import { namesSeveral } from '../config/database-url.js';
import { NOT_ASKED, type Query } from './transaction.js';

/** A member of a Group Replication group, as the server that was asked sees it. */
export interface GroupMember {
  /** The server that was asked. */
  readonly self: boolean;
  readonly state: string;
  readonly role: string;
  /** Whether the server that was asked refuses writes. */
  readonly readOnly: boolean;
}

/** Token of the query that says why the server behind a connection is not to be believed, see {@link primaryCheck}. */
export const PRIMARY_CHECK = Symbol('PRIMARY_CHECK');

/** Asks a server about its own place in its group. @returns why it is not the primary, undefined when it is */
export const WHY_NOT_PRIMARY: Query<string | undefined> = {
  sql: `SELECT MEMBER_ID = @@server_uuid AS self, MEMBER_STATE AS state, MEMBER_ROLE AS role, @@GLOBAL.super_read_only AS read_only
    FROM performance_schema.replication_group_members`,
  values: [],
  read: (rows) =>
    whyNotPrimary(
      rows.map((row) => ({
        self: row['self'] === 1,
        state: row['state'] as string,
        role: row['role'] as string,
        readOnly: row['read_only'] === 1,
      })),
    ),
};

/** A single server, or whatever stands before several, is believed unasked. */
export const primaryCheck = (url: string): Query<string | undefined> =>
  namesSeveral(url) ? WHY_NOT_PRIMARY : { sql: NOT_ASKED, values: [], read: () => undefined };

/**
 * Why a server is not to be written to, nor read from.
 * One that was cut off from the others goes on calling itself the primary: it is one only while it reaches a majority.
 */
export function whyNotPrimary(members: readonly GroupMember[]): string | undefined {
  const self = members.find((member) => member.self);
  if (self === undefined) return 'is in no group';
  if (self.state !== 'ONLINE') return `is ${self.state} in its group`;
  if (self.role !== 'PRIMARY') return 'is a secondary';
  if (members.filter(({ role }) => role === 'PRIMARY').length > 1) {
    return 'is one of several primaries: the service needs a group in single-primary mode';
  }
  const reached = members.filter(({ state }) => state !== 'UNREACHABLE').length;
  if (reached * 2 <= members.length) return `reaches only ${reached} of the ${members.length} members of its group`;
  return self.readOnly ? 'is the primary and still read-only' : undefined;
}
