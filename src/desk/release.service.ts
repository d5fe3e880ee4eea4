import { Injectable } from '@nestjs/common';

import { productClock } from '../catalog/product-clock.query.js';
import { memberFault, parseText, REASON_MAX } from '../contract/body-faults.js';
import { Reader } from '../database/reader.js';
import { timeOrderedId } from '../database/time-ordered-id.js';
import { UNITS_MAX } from '../domain/allot.js';
import { DomainError } from '../domain/errors.js';
import { type Instant, isCalendarDate, isoInstant, parseInstant } from '../domain/instant.js';
import { releaseCommand } from '../domain/release.js';
import { daysBefore, instantIn } from '../domain/visit-date.js';
import { allotmentChangeResponse } from '../inventory/allotment.dto.js';
import { lockInventory } from '../inventory/inventory.store.js';
import { knownChannels } from '../partner/channel.store.js';
import {
  cancelRelease,
  type CutOff,
  insertRelease,
  type NewRelease,
  releaseById,
  type ReleaseFilter,
  releasesOf,
  type StoredRelease,
} from '../reservation/release.store.js';
import { ReservationLanes } from '../reservation/reservation.lanes.js';
import { productNotFound } from './allotment.service.js';
import { DeskWriter } from './desk-writer.js';
import type { Operator } from './operator.js';
import type { CancelReleaseRequest, ReleasePreviewResponse, ScheduleRequest } from './release.dto.js';

const DAY_MS = 86_400_000;
/** Five years: later is a slip of the pen. */
const AHEAD_MAX_DAYS = 1_827;
const DAYS_BEFORE_MAX = 3_650;
/** Days before it have no four figures to be written in, at worst. */
const LONG_AGO = '1980-01-01';

/** The allotment's cut-off: what a channel hasn't sold by a certain time goes to another one. The release job carries it out. */
@Injectable()
export class ReleaseService {
  constructor(
    private readonly reader: Reader,
    private readonly writer: DeskWriter,
    private readonly lanes: ReservationLanes,
  ) {}

  /** @throws DomainError `product_not_found`, `invalid_release`, `invalid_text` */
  async schedule({ actor }: Operator, productId: number, request: ScheduleRequest): Promise<StoredRelease> {
    const release: NewRelease = { id: `rel_${timeOrderedId()}`, ...(await this.plan(productId, request)) };
    const { id, from, to, keep, dueAt, reason } = release;
    await this.writer.write(actor, (tx) => {
      insertRelease(tx, release, actor);
      const details = { product_id: productId, from, to, keep, due_at: isoInstant(dueAt) };
      const action = { action: 'release.scheduled', subject: { type: 'release', id }, reason, details } as const;
      return Promise.resolve({ result: undefined, action });
    });
    return this.get(id);
  }

  /** When it would be carried out, and what it would do now; decided as it will be then. @throws as {@link schedule} does */
  async preview({ actor }: Operator, productId: number, request: ScheduleRequest): Promise<ReleasePreviewResponse> {
    const { from, to, keep, dueAt, reason } = await this.plan(productId, request);
    const outcome = await this.lanes.submit(productId, {
      owner: actor,
      always: true,
      long: true,
      command: releaseCommand({ from, to, keep }, { actor, reason }),
    });
    if (outcome.kind === 'refused') throw new DomainError(outcome.refusal);
    if (outcome.kind !== 'allotted') throw new Error(`a release that was tried was ${outcome.kind}`);
    return { dry_run: true, due_at: isoInstant(dueAt), change: allotmentChangeResponse(outcome) };
  }

  async list(filter: ReleaseFilter): Promise<{ releases: StoredRelease[]; next: StoredRelease | undefined }> {
    const found = await this.reader.run(releasesOf(filter));
    const releases = found.slice(0, filter.limit);
    return { releases, next: found.length > filter.limit ? releases.at(-1) : undefined };
  }

  /** @throws DomainError `release_not_found` */
  async get(id: string): Promise<StoredRelease> {
    // Other text is no release's id, and MySQL would not compare all of it with one.
    const found = /^rel_[0-9a-f-]{36}$/.test(id) ? await this.reader.run(releaseById(id)) : undefined;
    if (!found) throw NOT_FOUND();
    return found;
  }

  /**
   * Once only: a release that was cancelled stays as it is.
   *
   * @throws DomainError `release_not_found`, `release_settled` when it has been carried out, `invalid_text`
   */
  async cancel({ actor }: Operator, id: string, request: CancelReleaseRequest): Promise<StoredRelease> {
    const reason = parseText(request.reason, '/reason', REASON_MAX);
    const { productId } = await this.get(id);
    await this.writer.write(actor, async (tx) => {
      // Whoever carries it out has the row too: it is one or the other.
      const [, release] = await tx.read(lockInventory([productId], 'wait'), releaseById(id));
      if (!release) throw NOT_FOUND();
      if (release.status === 'done') throw carriedOut(release);
      if (release.status === 'cancelled') return { result: undefined };
      cancelRelease(tx, id, actor);
      const details = { product_id: productId };
      return {
        result: undefined,
        action: { action: 'release.cancelled', subject: { type: 'release', id }, reason, details },
      };
    });
    return this.get(id);
  }

  private async plan(productId: number, request: ScheduleRequest): Promise<Omit<NewRelease, 'id'>> {
    const { from, to, keep = 0 } = request;
    const reason = parseText(request.reason, '/reason', REASON_MAX);
    if (keep < 0 || keep > UNITS_MAX) throw fault('/keep', `must be a whole number from 0 to ${UNITS_MAX}`);
    if (from === to) throw fault('/to', 'must be another channel than from');
    const cutOff = parseCutOff(request);
    const [clock, known] = await Promise.all([
      this.reader.run(productClock(productId)),
      this.reader.run(knownChannels([from, to])),
    ]);
    if (!clock) throw productNotFound();
    for (const [id, pointer] of [
      [from, '/from'],
      [to, '/to'],
    ] as const) {
      if (!known.has(id)) throw fault(pointer, 'must be a channel; GET /api/admin/channels lists them');
    }
    const dueAt = cutOff
      ? instantIn(clock.timeZone, daysBefore(cutOff.visitDate, cutOff.daysBefore), cutOff.localTime)
      : parseAt(request.at);
    expectAhead(dueAt, clock.now, cutOff ? '/days_before' : '/at');
    return { productId, from, to, keep, dueAt, cutOff, reason };
  }
}

function parseAt(text = ''): Instant {
  const at = parseInstant(text);
  if (at === undefined) throw fault('/at', 'must be a date and time with an offset, such as 2027-06-01T12:00:00+08:00');
  return at;
}

/** @returns `undefined` when the time is said by `at` */
function parseCutOff(request: ScheduleRequest): CutOff | undefined {
  const { at, visit_date: visitDate, days_before: days, local_time: localTime } = request;
  if (at !== undefined) {
    for (const member of ['visit_date', 'days_before', 'local_time'] as const) {
      if (request[member] !== undefined) throw fault(`/${member}`, 'must not be sent together with at');
    }
    return undefined;
  }
  if (visitDate === undefined) throw fault('/at', 'must be sent, or visit_date and days_before');
  if (!isCalendarDate(visitDate)) throw fault('/visit_date', 'must be a day, such as 2027-07-01');
  if (visitDate < LONG_AGO) throw fault('/visit_date', 'must be a day to come');
  if (days === undefined) throw fault('/days_before', 'must be sent together with visit_date');
  if (days < 0 || days > DAYS_BEFORE_MAX) throw fault('/days_before', `must be from 0 to ${DAYS_BEFORE_MAX}`);
  if (localTime !== undefined && !/^([01]\d|2[0-3]):[0-5]\d$/.test(localTime)) {
    throw fault('/local_time', 'must be a time of the day, such as 18:00');
  }
  return { visitDate, daysBefore: days, localTime: localTime ?? '00:00' };
}

function expectAhead(dueAt: Instant, now: Instant, pointer: string): void {
  const due = pointer === '/at' ? '' : `make it ${isoInstant(dueAt)}, and that `;
  if (dueAt <= now) throw fault(pointer, `${due}must lie in the future; it is ${isoInstant(now)}`);
  if (dueAt > now + AHEAD_MAX_DAYS * DAY_MS) {
    throw fault(pointer, `${due}must be ${isoInstant(now + AHEAD_MAX_DAYS * DAY_MS)} at the latest`);
  }
}

const fault = (pointer: string, what: string): DomainError => memberFault('invalid_release', pointer, what);

const NOT_FOUND = (): DomainError =>
  new DomainError({
    code: 'release_not_found',
    detail: 'There is no such release. GET /api/admin/releases lists all.',
  });

const carriedOut = ({ productId, settledAt = 0 }: StoredRelease): DomainError =>
  new DomainError({
    code: 'release_settled',
    detail: `The release was carried out at ${isoInstant(settledAt)} and can no longer be cancelled. Transfer units back if need be.`,
    facts: { product_id: productId },
  });
