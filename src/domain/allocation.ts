/** A channel's share of a product, in units. `0 <= reserved`, `0 <= sold`, `reserved + sold <= allocated`. */
export interface Allocation {
  readonly allocated: number;
  readonly reserved: number;
  readonly sold: number;
}

/** A product's shares by channel; their `allocated` sum to the product's sellable cap. */
export type Allocations = ReadonlyMap<string, Allocation>;

/** As `product_inventory.channel_allocations` holds it: a missing number is 0. */
export type StoredAllocations = Readonly<Record<string, Partial<Allocation>>>;

/** Units that are neither held nor sold. */
export const unitsFree = (a: Allocation): number => a.allocated - a.reserved - a.sold;

export function readAllocations(stored: StoredAllocations): Allocations {
  return new Map(
    Object.entries(stored).map(([channel, { allocated = 0, reserved = 0, sold = 0 }]) => [
      channel,
      { allocated, reserved, sold },
    ]),
  );
}

export function storeAllocations(allocations: Allocations): StoredAllocations {
  return Object.fromEntries(allocations);
}
