import { PRODUCT_ID_MAX } from '../contract/product-id.js';
import { InvalidArgumentError } from '@commander-js/extra-typings';

// What a value may be is the services' to say; these read what has to be a number to be sent at all.

export function productId(text: string): number {
  const id = wholeNumber(text);
  if (id < 1 || id > PRODUCT_ID_MAX) throw new InvalidArgumentError("It must be a product's number, like 106.");
  return id;
}

export function wholeNumber(text: string): number {
  const number = Number(text);
  if (!/^\d{1,15}$/.test(text)) throw new InvalidArgumentError('It must be a whole number.');
  return number;
}

/** For an option that may be given several times. */
export const productIds = (text: string, earlier: readonly number[] | undefined): number[] => [
  ...(earlier ?? []),
  productId(text),
];

/** `direct=3000 ota=2000`: an argument for each channel. */
export function unitsByChannel(
  text: string,
  earlier: Readonly<Record<string, number>> | undefined,
): Record<string, number> {
  const [, channel, units] = /^([^=]+)=(\d{1,15})$/.exec(text) ?? [];
  if (channel === undefined) throw new InvalidArgumentError('It must be a channel and its units, like ota=2000.');
  if (earlier && Object.hasOwn(earlier, channel)) throw new InvalidArgumentError(`${channel} was given already.`);
  return { ...earlier, [channel]: Number(units) };
}

/** Of the column, an unsigned 32-bit number. */
const KEY_ID_MAX = 4_294_967_295;

export function keyId(text: string): number {
  const id = wholeNumber(text);
  if (id < 1 || id > KEY_ID_MAX) throw new InvalidArgumentError("It must be a key's number; keys list has them.");
  return id;
}

/** An amount of money: two decimals at most. */
export function amount(text: string): number {
  if (!/^\d{1,12}(\.\d{1,2})?$/.test(text)) throw new InvalidArgumentError('It must be an amount, like 288 or 19.90.');
  return Number(text);
}

export function factor(text: string): number {
  if (!/^\d{1,4}(\.\d{1,6})?$/.test(text)) throw new InvalidArgumentError('It must be a number, like 1.5.');
  return Number(text);
}

/** `child=100`, once for each customer type; `child=none` takes one away. */
export function discounts(
  text: string,
  earlier: Readonly<Record<string, number | null>> | undefined,
): Record<string, number | null> {
  const [, type, value = ''] = /^([^=]+)=(.+)$/.exec(text) ?? [];
  if (type === undefined) throw new InvalidArgumentError('It must be a customer type and an amount, like child=100.');
  return { ...earlier, [type]: value === 'none' ? null : amount(value) };
}

export const oneOf =
  <const T extends string>(choices: readonly T[]) =>
  (text: string): T => {
    const found = choices.find((choice) => choice === text);
    if (found === undefined) throw new InvalidArgumentError(`It must be one of ${choices.join(', ')}.`);
    return found;
  };
