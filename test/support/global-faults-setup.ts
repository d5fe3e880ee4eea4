import { mkdirSync, rmSync } from 'node:fs';

import { REPORTS } from './fault-reports.js';
import globalSetup from './global-setup.js';

export default async function globalFaultsSetup(): Promise<void> {
  rmSync(REPORTS, { recursive: true, force: true });
  mkdirSync(REPORTS, { recursive: true });
  await globalSetup();
}
