import { readConfig } from './config/config.js';
import { openDatabase } from './database/open-database.js';
import { createLog } from './observability/log.js';
import { announce, fail, say } from './terminal.js';

/** Longer than a drained app and a private MySQL take to close. */
const CLOSE_MAX_MS = 30_000;

async function main(): Promise<void> {
  const config = readConfig(process.env, process.stdout.isTTY);
  const database = await openDatabase(
    config,
    { purpose: 'service', migrate: config.migrateOnStart, demoData: config.demoData },
    say,
  );
  try {
    // The app takes most of the time to start: whoever has a setting wrong, or no database, is told before it is loaded.
    const { createApp, listen, stopApp } = await import('./app.setup.js');
    const app = await createApp(config, database.url, createLog(config));
    const opsPort = await listen(app, config);
    const port = Number(new URL(await app.getUrl()).port || config.port);
    announce({ host: config.host, port, opsPort, demoData: database.demoData });

    say(`${await stopSignal()}: finishing the requests in flight`);
    setTimeout(() => process.exit(1), config.shutdownMaxSeconds * 1000 + CLOSE_MAX_MS).unref();
    if (!(await stopApp(app, config))) process.exitCode = 1;
  } finally {
    await database.close();
  }
  say('stopped');
}

/** Resolves at the first request to stop; until here a signal just ends the process, and the private MySQL with it. Later ones change nothing: npm passes on a Ctrl-C that the terminal sent already. */
function stopSignal(): Promise<NodeJS.Signals> {
  return new Promise((resolve) => {
    process.on('SIGINT', resolve);
    process.on('SIGTERM', resolve);
  });
}

// As a worker of Node's cluster it has a channel to the primary, which would keep it.
void main()
  .catch(fail)
  .finally(() => process.channel?.unref());
