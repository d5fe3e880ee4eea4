import type { Command } from '@commander-js/extra-typings';

import { PRODUCT_STATUSES } from '../catalog/product.store.js';
import type { ProductResponse } from '../desk/product.dto.js';
import { amount, discounts, oneOf, productId, unitsByChannel, wholeNumber } from './arguments.js';
import { given, REASON, reasonOf } from './options.js';
import { readPages } from './pages.js';
import type { Heading, Runner, Telling } from './runner.js';
import { fieldsText, left, listText, money, right } from './text.js';

const COLUMNS = [right('product'), left('name'), left('status'), right('weekday'), right('weekend')];

const productsText = (products: readonly ProductResponse[], heading: Heading): string =>
  listText(
    COLUMNS,
    products.map(({ product_id, name, status, currency, weekday_price, weekend_price }) => [
      product_id,
      name,
      status,
      money(weekday_price, currency),
      money(weekend_price, currency),
    ]),
    heading,
    'There is no product yet: products create makes one.',
  );

const productTelling: Telling<ProductResponse> = {
  text: ({ currency, customer_discounts, ...product }) =>
    fieldsText([
      ['product', product.product_id],
      ['name', product.name],
      ['status', product.status],
      ['weekday', money(product.weekday_price, currency)],
      ['weekend', money(product.weekend_price, currency)],
      ...Object.entries(customer_discounts).map(([type, off]) => [`off for ${type}`, money(off, currency)] as const),
      ['cut-off', `${product.cutoff_hours} h before the day of the visit`],
      ['time zone', product.time_zone],
      ['created', product.created_at],
    ]),
};

const PRODUCT = ['<product>', "a product's number", productId] as const;
const WEEKEND = ['--weekend-price <amount>', 'Saturday and Sunday', amount] as const;
const CUTOFF = [
  '--cutoff-hours <hours>',
  'before the day of the visit: until then a sale may be cancelled',
  wholeNumber,
] as const;

/** `/api/admin/products`. */
export function addProductCommands(program: Command, runner: Runner): void {
  const products = program.command('products').description('What is sold, and what it costs.');
  addReads(products, runner);

  products
    .command('create')
    .description(
      'Puts a product on sale, with its cap and prices. Its units are those of --allocated, or all with the channel direct.',
    )
    .requiredOption('--name <text>', 'what people call it')
    .requiredOption('--currency <code>', 'of all its prices, for good, such as EUR')
    .requiredOption('--time-zone <name>', 'of its place, for good, such as Europe/Berlin')
    .requiredOption('--weekday-price <amount>', 'of a unit, Monday to Friday', amount)
    .option(...WEEKEND)
    .option(
      '--discount <type=amount>',
      'off for a customer type, such as child=100; may be given several times',
      discounts,
    )
    .option(...CUTOFF)
    .option('--cap <units>', 'that may be sold in all', wholeNumber)
    .option('--allocated <channel=units...>', 'the same, split: direct=3000 ota=2000', unitsByChannel)
    .option('--id <product>', 'its number; the next one, when left out', productId)
    .option(...REASON)
    .action(({ name, currency, timeZone, weekdayPrice, reason, ...more }) =>
      runner.run(
        (desk) =>
          desk.products.create(desk.operator, {
            name,
            currency,
            time_zone: timeZone,
            weekday_price: weekdayPrice,
            ...given({
              product_id: more.id,
              weekend_price: more.weekendPrice,
              customer_discounts: more.discount,
              cutoff_hours: more.cutoffHours,
              sellable_cap: more.cap,
              allocated: more.allocated,
            }),
            ...reasonOf(reason),
          }),
        productTelling,
      ),
    );

  products
    .command('set')
    .description('Changes what is given of a product. Holds and sales keep the price that they were made at.')
    .argument(...PRODUCT)
    .option('--name <text>', 'what people call it')
    .option('--status <status>', 'retired: sold no more; active: again', oneOf(PRODUCT_STATUSES))
    .option('--weekday-price <amount>', 'Monday to Friday', amount)
    .option(...WEEKEND)
    .option('--discount <type=amount>', 'child=120, or child=none; may be given several times', discounts)
    .option(...CUTOFF)
    .option(...REASON)
    .action((product, { name, status, weekdayPrice, weekendPrice, discount, cutoffHours, reason }, command) => {
      const changes = given({
        name,
        status,
        weekday_price: weekdayPrice,
        weekend_price: weekendPrice,
        customer_discounts: discount,
        cutoff_hours: cutoffHours,
      });
      if (Object.keys(changes).length === 0)
        command.error('error: nothing to change: give --weekday-price, or another option');
      return runner.run(
        (desk) => desk.products.change(desk.operator, product, { ...changes, ...reasonOf(reason) }),
        productTelling,
      );
    });
}

function addReads(products: Command, runner: Runner): void {
  products
    .command('list')
    .description('Lists products, retired ones too.')
    .option('--status <status>', PRODUCT_STATUSES.join(' or '), oneOf(PRODUCT_STATUSES))
    .action(({ status }) =>
      runner.run(
        async (desk) => ({
          products: await readPages(
            (page) => desk.products.list({ status, ...page }),
            (page) => page.products,
          ),
        }),
        { text: (answer, heading) => productsText(answer.products, heading) },
      ),
    );

  products
    .command('show')
    .description('Shows a product and its prices. allotment show has its units.')
    .argument(...PRODUCT)
    .action((product) => runner.run((desk) => desk.products.get(product), productTelling));
}
