import type { Tx } from '../database/transaction.js';
import type { Instant } from '../domain/instant.js';
import { majorUnits } from '../domain/pricing.js';
import type { Order } from '../domain/reservation.js';

/** Whose an order is, and for which product. */
export interface OrderOf {
  readonly productId: number;
  readonly partnerId: string;
  readonly order: Order;
}

export function insertOrders(tx: Tx, orders: readonly OrderOf[]): void {
  if (orders.length === 0) return;
  tx.write(
    `INSERT INTO orders (id, product_id, partner_id, status, quantity, visit_date, currency, total_amount,
      external_reference, created_at) VALUES ?`,
    [
      orders.map(({ productId, partnerId, order }) => [
        order.id,
        productId,
        partnerId,
        order.status,
        order.quantity,
        order.visitDate ?? null,
        order.currency,
        majorUnits(order.totalMinor),
        order.externalReference ?? null,
        new Date(order.createdAt),
      ]),
    ],
  );
  tx.write('INSERT INTO order_lines (order_id, customer_type, quantity, unit_price, amount) VALUES ?', [
    orders.flatMap(({ order }) =>
      order.lines.map((line) => [
        order.id,
        line.customerType,
        line.quantity,
        majorUnits(line.unitMinor),
        majorUnits(line.amountMinor),
      ]),
    ),
  ]);
}

export function cancelOrders(tx: Tx, orderIds: readonly number[], at: Instant): void {
  if (orderIds.length === 0) return;
  tx.write(`UPDATE orders SET status = 'cancelled', cancelled_at = ? WHERE id IN (?)`, [new Date(at), orderIds]);
}
