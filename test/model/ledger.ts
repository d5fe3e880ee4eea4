import { describeLine } from './effects.js';
import type { Complain, Line } from './history.js';

type Status = 'active' | 'activated' | 'cancelled' | 'expired';

/** A reservation as a line of the ledger left it. */
export interface Life {
  readonly status: Status;
  readonly channelId: string;
  readonly partnerId: string | null;
  readonly quantity: number;
  readonly quantityHeld: number;
  readonly extensions: number;
  /** In ms by the database's clock. */
  readonly expiresAt: number;
}

/** A product between two lines of its ledger. */
export interface Moment {
  readonly seq: number;
  /** When its line was written, in ms by the database's clock. */
  readonly since: number;
  /** A channel's first line: nobody could ask before. */
  readonly opens: boolean;
  /** By channel. */
  readonly free: ReadonlyMap<string, number>;
  /** Of a reservation that has been made. */
  lifeOf(id: string): Life | undefined;
  /** Holds that may become overdue, by id. */
  readonly active: ReadonlyMap<string, Life>;
  /** What the line belongs to is whole: a sale with the rest of its hold. */
  readonly stepEnds: boolean;
  /** So is its transaction: others may see it. */
  readonly batchEnds: boolean;
}

/** The time until which a hold lasts after so many extensions, as its partner was told. */
export type ExpiryTold = (reservationId: string, extensions: number) => number | undefined;

interface Balance {
  readonly allocated: number;
  readonly reserved: number;
  readonly sold: number;
}

/**
 * Reads one product's ledger from its first line on, as an accountant would: each line must follow from the ones before
 * it. Complains of units sold twice, released twice, or taken from a hold that had no more time.
 */
export function readLedger(lines: readonly Line[], expiryTold: ExpiryTold, complain: Complain): Moment[] {
  const balances = new Map<string, Balance>();
  const moments: Moment[] = [];
  const lives = new Map<string, { readonly since: number; readonly life: Life }[]>();
  let active: ReadonlyMap<string, Life> = new Map();
  lines.forEach((line, n) => {
    if (line.seq !== n + 1) complain(`a gap: ${describeLine(line)} is the ledger's number ${n + 1}`);
    const id = line.reservationId ?? '';
    const before = lives.get(id)?.at(-1)?.life;
    const wrong = whatIsWrong(line, before);
    if (wrong) complain(`${wrong}: ${describeLine(line)}`);
    expectBalance(line, after(balances.get(line.channelId), line, before), complain);
    // As it says, so that one wrong line is complained of once.
    balances.set(line.channelId, { allocated: line.allocated, reserved: line.reserved, sold: line.sold });
    const life = line.reservationId === null ? undefined : lifeAfter(line, before, expiryTold);
    if (life) {
      lives.set(id, [...(lives.get(id) ?? []), { since: n, life }]);
      const changed = new Map(active).set(id, life);
      if (life.status !== 'active') changed.delete(id);
      active = changed;
    }
    const next = lines[n + 1];
    moments.push({
      ...{ seq: line.seq, since: line.occurredAt, opens: line.kind === 'opened', active },
      lifeOf: (of) => lives.get(of)?.findLast(({ since }) => since <= n)?.life,
      free: new Map(
        [...balances].map(([channel, { allocated, reserved, sold }]) => [channel, allocated - reserved - sold]),
      ),
      stepEnds: next?.kind !== 'returned',
      batchEnds: !next || line.batchId === null || next.batchId !== line.batchId,
    });
  });
  return moments;
}

/** From which states a line may take a reservation, and whether its hold must have time left, or none. */
const ALLOWED: Readonly<
  Record<string, { readonly from: readonly (Status | 'none')[]; readonly time?: 'left' | 'over' }>
> = {
  opened: { from: ['none'] },
  allocated: { from: ['none'] },
  deallocated: { from: ['none'] },
  reserved: { from: ['none'] },
  expired: { from: ['active'], time: 'over' },
  activated: { from: ['active'], time: 'left' },
  returned: { from: ['activated'] },
  extended: { from: ['active'], time: 'left' },
  cancelled: { from: ['active', 'activated'], time: 'left' },
};

function whatIsWrong({ kind, units, occurredAt }: Line, before: Life | undefined): string | undefined {
  const rule = ALLOWED[kind];
  const from = before?.status ?? 'none';
  if (!rule?.from.includes(from)) return `a ${from} reservation can't be ${kind}`;
  if (!before) return undefined;
  const over = before.expiresAt <= occurredAt;
  if (from === 'active' && rule.time === 'left' && over) return 'an overdue hold was used';
  if (from === 'active' && rule.time === 'over' && !over) return 'a hold was released before its time';
  const { quantity, quantityHeld } = before;
  const right = {
    ...{ expired: units === quantity, cancelled: units === quantity, extended: units === 0 },
    ...{ activated: units > 0 && units <= quantity, returned: units === quantityHeld - quantity },
  };
  return right[kind as keyof typeof right] ? undefined : `wrong units (it had ${quantity})`;
}

function after(balance: Balance | undefined, { kind, units }: Line, before: Life | undefined): Balance {
  const { allocated, reserved, sold } = balance ?? { allocated: 0, reserved: 0, sold: 0 };
  switch (kind) {
    case 'opened':
    case 'allocated':
      return { allocated: allocated + units, reserved, sold };
    case 'deallocated':
      return { allocated: allocated - units, reserved, sold };
    case 'reserved':
      return { allocated, reserved: reserved + units, sold };
    case 'activated':
      return { allocated, reserved: reserved - units, sold: sold + units };
    case 'expired':
    case 'returned':
      return { allocated, reserved: reserved - units, sold };
    case 'cancelled':
      return before?.status === 'activated'
        ? { allocated, reserved, sold: sold - units }
        : { allocated, reserved: reserved - units, sold };
    default:
      return { allocated, reserved, sold };
  }
}

function expectBalance(line: Line, { allocated, reserved, sold }: Balance, complain: Complain): void {
  const said = { allocated: line.allocated, reserved: line.reserved, sold: line.sold };
  if (said.allocated !== allocated || said.reserved !== reserved || said.sold !== sold) {
    const follows = JSON.stringify({ allocated, reserved, sold });
    complain(`wrong balance: ${describeLine(line)} says ${JSON.stringify(said)}, and it is ${follows}`);
  }
  if (reserved < 0 || sold < 0) complain(`released twice: less than nothing is left after ${describeLine(line)}`);
  if (reserved + sold > allocated) {
    complain(`oversold: ${reserved} held and ${sold} sold of ${allocated} after ${describeLine(line)}`);
  }
}

function lifeAfter(line: Line, before: Life | undefined, expiryTold: ExpiryTold): Life | undefined {
  const { kind, units, channelId, partnerId, reservationId } = line;
  const extensions = (before?.extensions ?? 0) + (kind === 'extended' ? 1 : 0);
  const expiresAt = expiryTold(reservationId ?? '', extensions) ?? Infinity;
  if (kind === 'reserved') {
    return { status: 'active', channelId, partnerId, quantity: units, quantityHeld: units, extensions, expiresAt };
  }
  if (!before) return undefined;
  switch (kind) {
    case 'activated':
      return { ...before, status: 'activated', quantity: units };
    case 'expired':
    case 'cancelled':
      return { ...before, status: kind };
    case 'extended':
      return { ...before, extensions, expiresAt };
    default:
      return before;
  }
}
