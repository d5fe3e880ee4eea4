#!/usr/bin/env node
// `npx allotment`: builds first when the sources are newer, as `npm start` does. In the image there are none.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import process from 'node:process';
import { fileURLToPath, pathToFileURL, URL } from 'node:url';

// Where `npm start` has its private MySQL, from whichever folder this is called.
process.chdir(fileURLToPath(new URL('..', import.meta.url)));
if (existsSync('src')) {
  // Standard output is the command's own.
  const { status } = spawnSync(process.execPath, ['scripts/build-once.mjs'], { stdio: ['ignore', 2, 2] });
  if (status !== 0) process.exit(3);
}
await import(pathToFileURL('dist/src/cli.js').href);
