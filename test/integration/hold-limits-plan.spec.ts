import { NO_LIMITS, type HoldLimits } from '../../src/domain/hold-limits.js';
import { outstandingFor } from '../../src/reservation/outstanding.query.js';
import { reserve } from '../domain/builders.js';
import { useDemoService } from '../support/demo-service.js';

const demo = useDemoService();

/** By which the units of partners are found. */
const BY_PARTNER = 'idx_reservations_partner_status';
/** Whichever leads through fewer: those of the product, or those of the partners. */
const OF_PRODUCT = `idx_reservations_overdue or ${BY_PARTNER}`;

describe('what limits hang on', () => {
  const query = (limits: Partial<HoldLimits>) => {
    const { partner } = reserve();
    const command = reserve({ partner: { ...partner, limits: { ...NO_LIMITS, ...limits } } });
    return outstandingFor(
      new Map([
        [106, [command]],
        [107, [reserve()]],
        [108, [command, command]],
      ]),
    );
  };

  it('is not asked for when nobody who reserves has such a limit', () => {
    expect(query({})).toBeUndefined();
    expect(query({ extensionsMax: 3 })).toBeUndefined();
  });

  it.each<[string, Partial<HoldLimits>, string[]]>([
    ['of a product', { heldPerProductMax: 10 }, [OF_PRODUCT]],
    ['of a quota', { productQuota: 10 }, [OF_PRODUCT]],
    ['in all', { heldMax: 10 }, [BY_PARTNER]],
    ['of both', { heldMax: 10, productQuota: 9 }, [OF_PRODUCT, BY_PARTNER]],
  ])('is read from ranges of an index, without touching a row: %s', async (_, limits, keys) => {
    const { sql, values } = query(limits) ?? { sql: '', values: [] };
    const plan = await demo.database.rows<{ table: string; type: string; key: string; Extra: string }>(
      `EXPLAIN FORMAT=TRADITIONAL ${sql}`,
      values,
    );
    const steps = plan.filter(({ table }) => table === 'channel_reservations');
    expect(steps).toHaveLength(keys.length);
    steps.forEach(({ key }, n) => expect(keys[n]).toContain(key));
    for (const { type, Extra } of steps) {
      expect(Extra).toContain('Using index');
      expect(['range', 'ref']).toContain(type);
    }
  });
});
