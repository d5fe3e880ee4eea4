import type { Allocation, Allocations } from './allocation.js';

/** How a product's cap is split among channels. */
export interface Allotment {
  readonly productId: number;
  /** Σ `allocated` of the channels. */
  readonly sellableCap: number;
  readonly allocations: Allocations;
}

/** A wish to change an allotment. Units are whole numbers from 0, channels exist. */
export type AllotChange =
  /** The difference is given to one channel, or taken from it. */
  | { readonly kind: 'cap'; readonly sellableCap: number; readonly channelId: string }
  /** What each channel is to have from now on; those left out keep theirs. The cap becomes the sum. */
  | { readonly kind: 'allocate'; readonly allocated: ReadonlyMap<string, number> }
  | { readonly kind: 'transfer'; readonly from: string; readonly to: string; readonly units: number }
  /** Transfers what a channel has neither held nor sold, but for so many units. */
  | { readonly kind: 'release'; readonly from: string; readonly to: string; readonly keep: number };

/**
 * Names what an operator saw of an allotment: cap and allocations. Holds and sales don't change it, so it stays while
 * partners sell; the same allotment has the same version, whoever made it so. Goes into an ETag as it is.
 */
export const versionOf = ({ sellableCap, allocations }: Omit<Allotment, 'productId'>): string =>
  [
    String(sellableCap),
    ...[...allocations].map(([channelId, { allocated }]) => `${channelId}-${allocated}`).sort(),
  ].join('.');

/** Units given to a channel (or taken, below 0) by a change of the allotment. */
export interface ChannelChange {
  readonly channelId: string;
  readonly before: Allocation;
  readonly after: Allocation;
}

export const NO_UNITS: Allocation = { allocated: 0, reserved: 0, sold: 0 };
