import { readConfig } from './config/config.js';
import { openDatabase } from './database/open-database.js';
import { fail, say } from './terminal.js';

/** `npm run migrate`: the database as a start leaves it, for a deployment whose instances may not change it. */
async function main(): Promise<void> {
  const config = readConfig(process.env);
  const database = await openDatabase(config, { purpose: 'command', migrate: true, demoData: config.demoData }, say);
  await database.close();
  say('the database is up to date');
}

main().catch(fail);
