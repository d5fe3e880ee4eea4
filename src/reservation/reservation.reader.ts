import { Injectable } from '@nestjs/common';

import { Reader } from '../database/reader.js';
import type { Query } from '../database/transaction.js';
import type { PartnerTerms } from '../domain/command.js';
import { DomainError } from '../domain/errors.js';
import { reservationNotFound } from '../domain/refusals.js';
import { statusAt } from '../domain/reservation.js';
import { channelReservation, reservationAt } from './reservation.answers.js';
import type { ReservationList, ReservationResponse } from './reservation.dto.js';
import { encodeCursor, type ListQuery } from './reservation.list-query.js';
import { productOfReservation, type ReadReservation, reservationOf, reservationsOf } from './reservation.query.js';

const RESERVATION_ID = /^[\x21-\x7e]{1,50}$/;

/** A partner's own reservations; of anyone else's nothing is said, not even that they exist. */
@Injectable()
export class ReservationReader {
  constructor(private readonly reader: Reader) {}

  /** @throws DomainError `reservation_not_found` */
  async get(partner: PartnerTerms, id: string): Promise<ReservationResponse> {
    const { reservation, now } = await this.found(id, reservationOf(partner.id, id));
    return reservationAt(reservation, now);
  }

  /** A page, newest first. */
  async list(partner: PartnerTerms, query: ListQuery): Promise<ReservationList> {
    const entries = await this.reader.run(reservationsOf(partner.id, query));
    const page = entries.slice(0, query.limit);
    const last = entries.length > query.limit ? page.at(-1) : undefined;
    return {
      reservations: page.map(({ reservation, now }: ReadReservation) =>
        channelReservation(reservation, statusAt(reservation, now)),
      ),
      next_cursor: last ? encodeCursor(last.position) : null,
    };
  }

  /** The product of a reservation, which never changes. @throws DomainError `reservation_not_found` */
  productOf(partner: PartnerTerms, id: string): Promise<number> {
    return this.found(id, productOfReservation(partner.id, id));
  }

  /** An id that can't be one isn't asked for: the column is ASCII. */
  private async found<T>(id: string, query: Query<T | undefined>): Promise<T> {
    const found = RESERVATION_ID.test(id) ? await this.reader.run(query) : undefined;
    if (found === undefined) throw new DomainError(reservationNotFound());
    return found;
  }
}
