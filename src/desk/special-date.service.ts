import { Injectable } from '@nestjs/common';

import { MULTIPLIER_RULE, parseMultiplier } from '../catalog/price-bounds.js';
import {
  deleteSpecialDate,
  lockSpecialDate,
  putSpecialDate,
  type SpecialDateFilter,
  specialDatesOf,
} from '../catalog/special-date.store.js';
import { memberFault, parseText, REASON_MAX } from '../contract/body-faults.js';
import { pageOf } from '../contract/page.js';
import { parameterFault } from '../contract/query-faults.js';
import { Reader } from '../database/reader.js';
import { isCalendarDate } from '../domain/instant.js';
import { changesOf, specialDateNotFound } from './desk-values.js';
import { DeskWriter } from './desk-writer.js';
import type { Operator } from './operator.js';
import {
  type SpecialDateList,
  type SpecialDateRequest,
  specialDateResponse,
  type SpecialDateResponse,
} from './special-date.dto.js';

/** What a change says beside itself. */
interface Reason {
  readonly reason?: string | undefined;
}

/** Days on which every product's price is multiplied: what is sold from then on is sold at the new price. */
@Injectable()
export class SpecialDateService {
  constructor(
    private readonly reader: Reader,
    private readonly writer: DeskWriter,
  ) {}

  async list(query: SpecialDateFilter): Promise<SpecialDateList> {
    const { entries, next_cursor } = pageOf(
      await this.reader.run(specialDatesOf(query)),
      query.limit,
      ({ day }) => day,
    );
    return { special_dates: entries.map(specialDateResponse), next_cursor };
  }

  /** @param date `YYYY-MM-DD`. @throws DomainError `invalid_value` */
  put({ actor }: Operator, date: string, request: SpecialDateRequest): Promise<SpecialDateResponse> {
    const day = parseDay(date);
    const milli = parseMultiplier(request.multiplier);
    if (milli === undefined) throw memberFault('invalid_value', '/multiplier', MULTIPLIER_RULE);
    const reason = parseText(request.reason, '/reason', REASON_MAX);
    return this.writer.write(actor, async (tx) => {
      const [before] = await tx.read(lockSpecialDate(day));
      const result = specialDateResponse({ day, milli });
      if (before?.milli === milli) return { result };
      putSpecialDate(tx, { day, milli });
      const details = changesOf({ multiplier: before && before.milli / 1000 }, { multiplier: result.multiplier });
      return {
        result,
        action: { action: 'special_date.set', subject: { type: 'special_date', id: day }, reason, details },
      };
    });
  }

  /** @returns what it was. @throws DomainError `invalid_value`, `special_date_not_found` */
  delete({ actor }: Operator, date: string, request: Reason = {}): Promise<SpecialDateResponse> {
    const day = parseDay(date);
    const reason = parseText(request.reason, '/reason', REASON_MAX);
    return this.writer.write(actor, async (tx) => {
      const [before] = await tx.read(lockSpecialDate(day));
      if (!before) throw specialDateNotFound();
      deleteSpecialDate(tx, day);
      const result = specialDateResponse(before);
      const details = { multiplier: { from: result.multiplier } };
      const subject = { type: 'special_date', id: day } as const;
      return { result, action: { action: 'special_date.deleted', subject, reason, details } };
    });
  }
}

/** Nothing was sold before. */
const FIRST_DAY = '2000-01-01';

function parseDay(date: string): string {
  if (isCalendarDate(date) && date >= FIRST_DAY) return date;
  throw parameterFault('invalid_value', 'date', `must be a day such as 2026-12-31, from ${FIRST_DAY} on`);
}
