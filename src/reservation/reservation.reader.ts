import { Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';

import { Reader } from '../database/reader.js';
import type { Query } from '../database/transaction.js';
import type { PartnerTerms } from '../domain/command.js';
import { DomainError } from '../domain/errors.js';
import { reservationNotFound } from '../domain/refusals.js';
import { type Reservation, statusAt } from '../domain/reservation.js';
import { channelReservation, reservationAt } from './reservation.answers.js';
import type { ReservationList, ReservationResponse } from './reservation.dto.js';
import { encodeCursor, type ListQuery } from './reservation.list-query.js';
import { productOfReservation, type ReadReservation, reservationOf, reservationsOf } from './reservation.query.js';

const RESERVATION_ID = /^[\x21-\x7e]{1,50}$/;

/** Whose it is, and of which product: that never changes. */
type Place = Pick<Reservation, 'partnerId' | 'productId'>;

/** A few MB. */
const PLACES_MAX = 20_000;

/** A partner's own reservations; of anyone else's nothing is said, not even that they exist. */
@Injectable()
export class ReservationReader {
  /** Of reservations that were made here, or named, a while ago at most: most steps follow soon, and need no reading for it. */
  private readonly places = new LRUCache<string, Place>({ max: PLACES_MAX });

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

  /** @throws DomainError `reservation_not_found`; a step has to ask again whether it exists */
  async productOf({ id: partnerId }: PartnerTerms, id: string): Promise<number> {
    const known = this.places.get(id);
    if (known?.partnerId === partnerId) return known.productId;
    const productId = await this.found(id, productOfReservation(partnerId, id));
    this.remember({ id, partnerId, productId });
    return productId;
  }

  remember({ id, partnerId, productId }: Place & Pick<Reservation, 'id'>): void {
    this.places.set(id, { partnerId, productId });
  }

  /** An id that can't be one isn't asked for: the column is ASCII. */
  private async found<T>(id: string, query: Query<T | undefined>): Promise<T> {
    const found = RESERVATION_ID.test(id) ? await this.reader.run(query) : undefined;
    if (found === undefined) throw new DomainError(reservationNotFound());
    return found;
  }
}
