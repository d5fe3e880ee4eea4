import { readConfig } from './config/config.js';
import { openDatabase } from './database/open-database.js';
import { fail, say } from './terminal.js';

/** `npm run migrate`: the migrations alone, for a deployment that runs them apart from its instances. */
async function main(): Promise<void> {
  const database = await openDatabase(readConfig(process.env), { migrate: true, demoData: false }, say);
  await database.close();
  say('the database is up to date');
}

main().catch(fail);
