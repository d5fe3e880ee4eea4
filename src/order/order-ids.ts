import { Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import type { ResultSetHeader } from 'mysql2';
import type { DataSource } from 'typeorm';

/** Ids that one process takes at a time: a round trip is shared by so many activations. */
const BLOCK = 100;

/** Gives orders their ids before they are written, so that an answer can be kept in the transaction that makes the order. */
@Injectable()
export class OrderIds {
  private next = 0;
  private end = 0;
  private refill: Promise<void> | undefined;

  constructor(@InjectDataSource() private readonly dataSource: DataSource) {}

  /** @returns an id that no other process gets */
  async take(): Promise<number> {
    while (this.next >= this.end) {
      this.refill ??= this.takeBlock().finally(() => {
        this.refill = undefined;
      });
      await this.refill;
    }
    return this.next++;
  }

  private async takeBlock(): Promise<void> {
    // Past whatever orders there are, should someone have written some by hand.
    const taken = await this.dataSource.query<ResultSetHeader>(
      `UPDATE id_blocks SET next_id = LAST_INSERT_ID(GREATEST(next_id, (SELECT COALESCE(MAX(id), 0) + 1 FROM orders)) + ?)
       WHERE name = 'orders'`,
      [BLOCK],
    );
    this.end = taken.insertId;
    this.next = taken.insertId - BLOCK;
  }
}
