import { createPool, type RowDataPacket } from 'mysql2/promise';

import type { EmbeddedMysql } from '../../db/embedded/mysql-server.js';
import { connectionOptions } from '../../src/database/pools.js';
import type { TestDatabase } from '../support/database.js';

/** The database that the service works on. */
export const DATABASE = 'allotment';

/** Works with the database as one server has it, whatever its role, as an administrator. */
export async function onMember<T>(member: EmbeddedMysql, work: (database: TestDatabase) => Promise<T>): Promise<T> {
  const url = member.rootUrl(DATABASE);
  const pool = createPool({ ...connectionOptions(url), multipleStatements: true, connectionLimit: 4 });
  try {
    return await work({
      url,
      pool,
      async rows<R>(sql: string, values: readonly unknown[] = []): Promise<R[]> {
        const [rows] = await pool.query<RowDataPacket[]>(sql, [...values]);
        return rows as R[];
      },
      drop: () => Promise.resolve(),
    });
  } finally {
    await pool.end();
  }
}
