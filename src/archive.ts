import { readConfig } from './config/config.js';
import { openDatabase } from './database/open-database.js';
import { archive, type Archived } from './retention/archive.js';
import { readArchiveOptions } from './retention/archive-options.js';
import { fail, say } from './terminal.js';

/** `npm run archive`: old rows into files, see docs/operations.md. */
async function main(): Promise<void> {
  const options = readArchiveOptions(process.argv.slice(2));
  const database = await openDatabase(
    readConfig(process.env),
    { purpose: 'command', migrate: false, demoData: false },
    say,
  );
  try {
    for (const result of await archive(database.url, options, say)) say(summary(result));
  } finally {
    await database.close();
  }
}

function summary({ table, rows, stayed, file }: Archived): string {
  const where = file === undefined ? '' : ` in ${file}`;
  const twice = stayed === 0 ? '' : `; ${stayed} of them changed meanwhile and are in the database too`;
  return `${table}: ${rows} rows${where}${twice}`;
}

main().catch(fail);
