import { Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import type { RowDataPacket } from 'mysql2';
import type { DataSource } from 'typeorm';

import { type Answers, type Ask, NOT_ASKED, type Query } from './transaction.js';

/** Runs queries outside of a transaction: each sees what is committed at that moment. */
@Injectable()
export class Reader {
  constructor(@InjectDataSource() private readonly dataSource: DataSource) {}

  async run<T>({ sql, values, read }: Query<T>): Promise<T> {
    return read(sql === NOT_ASKED ? [] : await this.dataSource.query<RowDataPacket[]>(sql, [...values]));
  }

  /** One after the other: each sees what is committed when the one before has been answered. */
  readonly inTurn: Ask = async <Q extends readonly Query<unknown>[]>(...queries: Q) => {
    const answers: unknown[] = [];
    for (const query of queries) answers.push(await this.run(query));
    return answers as Answers<Q>;
  };
}
