import { PRODUCT_ID_MAX } from '../contract/product-id.js';
import { parseArgs } from 'node:util';

import { UsageError } from '../config/usage-error.js';

export interface ReconcileOptions {
  readonly repair: boolean;
  readonly json: boolean;
  /** Absent: all products. */
  readonly productIds: readonly number[] | undefined;
}

const USAGE = 'npm run reconcile -- [--repair] [--json] [--product 106 …]   (docs/operations.md)';

/** @throws UsageError that says what is wrong with the arguments */
export function readReconcileOptions(args: readonly string[]): ReconcileOptions {
  const { repair, json, product } = parse(args);
  const productIds = product && [...new Set(product.map(productId))].sort((a, b) => a - b);
  return { repair, json, productIds };
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: {
        repair: { type: 'boolean', default: false },
        json: { type: 'boolean', default: false },
        product: { type: 'string', multiple: true },
      },
    }).values;
  } catch (error) {
    throw wrong(error instanceof Error ? error.message : String(error));
  }
}

function productId(text: string): number {
  const id = Number(text);
  if (!/^\d+$/.test(text) || id < 1 || id > PRODUCT_ID_MAX) throw wrong(`--product: '${text}' is no product's number`);
  return id;
}

const wrong = (what: string): UsageError => new UsageError(`${what}\nusage: ${USAGE}`);
