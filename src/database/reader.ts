import { Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import type { RowDataPacket } from 'mysql2';
import type { DataSource } from 'typeorm';

import type { Query } from './transaction.js';

/** Runs queries outside of a transaction: each sees what is committed at that moment. */
@Injectable()
export class Reader {
  constructor(@InjectDataSource() private readonly dataSource: DataSource) {}

  async run<T>({ sql, values, read }: Query<T>): Promise<T> {
    return read(await this.dataSource.query<RowDataPacket[]>(sql, [...values]));
  }
}
