import fc from 'fast-check';

/** What somebody wants, before it is known which reservations there are: `nth` counts those that were answered so far. */
export type Ask =
  | (Keyed & { kind: 'reserve'; by: number; product: number; quantity: number; hours: number })
  | (OfReservation & Keyed & { kind: 'activate'; quantity: number | undefined })
  | (OfReservation & Keyed & { kind: 'extend'; hours: number })
  | (OfReservation & Keyed & { kind: 'cancel' })
  | (OfReservation & { kind: 'read' })
  | { kind: 'look'; by: number; product: number }
  /** An earlier request once more, unchanged. */
  | { kind: 'repeat'; nth: number }
  /** A hold's time comes. */
  | { kind: 'lapse'; nth: number }
  /** The expiry job runs. */
  | { kind: 'job' };

interface Keyed {
  key: string | undefined;
}

interface OfReservation {
  nth: number;
  /** Who asks, when it isn't its partner. */
  stranger: number | undefined;
}

/** To which instance it goes, and how long after the others that are sent with it. */
export interface Sending {
  readonly ask: Ask;
  readonly instance: number;
  readonly afterMs: number;
}

/** All their orders may have to be tried. */
const AT_ONCE_MAX = 6;
const PARTNERS_COUNT = 3;
const PRODUCTS_COUNT = 2;

const seldom = <T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> =>
  fc.oneof({ weight: 9, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary });

const by = fc.nat({ max: PARTNERS_COUNT - 1 });
const product = fc.nat({ max: PRODUCTS_COUNT - 1 });
const nth = fc.nat({ max: 11 });
const keyed = { key: fc.oneof(fc.constant(undefined), fc.constantFrom('k1', 'k2', 'k3', 'k4')) };
const ofReservation = { nth, stranger: seldom(by) };
/** On both sides of every limit: of the stock, of a partner and of a hold. */
const quantity = fc.oneof({ weight: 5, arbitrary: fc.integer({ min: 1, max: 3 }) }, fc.constantFrom(0, 4, 5, 6, 7, 9));
const kind = <K extends Ask['kind']>(name: K): { kind: fc.Arbitrary<K> } => ({ kind: fc.constant(name) });

const ask: fc.Arbitrary<Ask> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({ ...kind('reserve'), by, product, quantity, hours: fc.constantFrom(48, 49), ...keyed }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      ...kind('activate'),
      ...ofReservation,
      quantity: fc.option(quantity, { nil: undefined }),
      ...keyed,
    }),
  },
  {
    // An hour less than a hold had, the same, more, and more than anyone may have.
    weight: 2,
    arbitrary: fc.record({
      ...kind('extend'),
      ...ofReservation,
      hours: fc.constantFrom(48, 49, 50, 51, 400),
      ...keyed,
    }),
  },
  { weight: 3, arbitrary: fc.record({ ...kind('cancel'), ...ofReservation, ...keyed }) },
  { weight: 3, arbitrary: fc.record({ ...kind('repeat'), nth }) },
  { weight: 2, arbitrary: fc.record({ ...kind('look'), by, product }) },
  { weight: 1, arbitrary: fc.record({ ...kind('read'), ...ofReservation }) },
  { weight: 2, arbitrary: fc.record({ ...kind('lapse'), nth }) },
  { weight: 1, arbitrary: fc.record(kind('job')) },
);

const sending: fc.Arbitrary<Sending> = fc.record({ ask, instance: fc.nat({ max: 1 }), afterMs: fc.nat({ max: 4 }) });

/** One request after the last was answered, or some at once. */
export const sendings: fc.Arbitrary<readonly Sending[]> = fc.array(sending, { minLength: 1, maxLength: AT_ONCE_MAX });
