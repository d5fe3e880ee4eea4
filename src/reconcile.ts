import { readConfig } from './config/config.js';
import { primaryCheck } from './database/group-member.js';
import { openDatabase } from './database/open-database.js';
import { createLanesPool } from './database/pools.js';
import { UnitOfWork } from './database/unit-of-work.js';
import { Metrics } from './observability/metrics.js';
import { type ReconcileOptions, readReconcileOptions } from './reconciliation/reconcile-options.js';
import { reconcile, type Report, stillOff } from './reconciliation/reconcile.js';
import { asJson, summary, table, told } from './reconciliation/report.js';
import { fail, say, sayAside } from './terminal.js';

/** Like diff: 0 no difference, 1 some, 2 it could not be told. */
const EXIT = { sound: 0, drift: 1, trouble: 2 } as const;

/** `npm run reconcile`: counters against reservations and the ledger, see docs/operations.md. */
async function main(): Promise<void> {
  const options = readReconcileOptions(process.argv.slice(2));
  const database = await openDatabase(
    readConfig(process.env),
    { purpose: 'command', migrate: false, demoData: false },
    options.json ? sayAside : say,
  );
  try {
    const report = await run(database.url, options);
    if (options.json) process.stdout.write(`${JSON.stringify(asJson(report), undefined, 2)}\n`);
    else print(report);
    process.exitCode = stillOff(report).length === 0 ? EXIT.sound : EXIT.drift;
  } finally {
    await database.close();
  }
}

async function run(databaseUrl: string, { repair, productIds }: ReconcileOptions): Promise<Report> {
  const pool = createLanesPool(databaseUrl, 1);
  try {
    return await reconcile({
      databaseUrl,
      ...(productIds && { productIds }),
      ...(repair && { repairBy: new UnitOfWork(pool, primaryCheck(databaseUrl), new Metrics()) }),
    });
  } finally {
    await pool.end();
  }
}

function print(report: Report): void {
  const { differences, repairs } = report;
  if (differences.length > 0) process.stdout.write(`${table(differences)}\n`);
  for (const repaired of repairs) say(told(repaired));
  say(summary(report));
}

main().catch((error: unknown) => fail(error, EXIT.trouble));
