import { faultsInALine } from './fault-reports.js';
import globalTeardown from './global-teardown.js';

export default async function globalFaultsTeardown(): Promise<void> {
  process.stdout.write(`${faultsInALine()}\n`);
  await globalTeardown();
}
