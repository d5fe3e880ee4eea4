import { CommanderError } from '@commander-js/extra-typings';

import { EXIT } from './cli/exit-codes.js';
import { createCli } from './cli/program.js';

const aside = (line: string): void => void process.stderr.write(`allotment: ${line}\n`);

/** `npx allotment`: the operator's desk on the command line, see docs/cli.md. */
async function main(): Promise<void> {
  // What a command needs takes a second to load: help and typos are answered without it.
  const cli = createCli(async () => (await import('./cli/open-desk.js')).openDesk(process.env, aside));
  try {
    await cli.program.parseAsync();
  } catch (error) {
    // Commander has said what was wrong, or has printed help.
    if (error instanceof CommanderError) process.exitCode = error.exitCode === 0 ? EXIT.done : EXIT.usage;
    else await fail(error, cli.json());
  }
}

async function fail(error: unknown, json: boolean): Promise<void> {
  const { failureOf } = await import('./cli/failure.js');
  const { exitCode, text, problem } = failureOf(error);
  if (json) process.stderr.write(`${JSON.stringify(problem)}\n`);
  else aside(text);
  process.exitCode = exitCode;
}

process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  // The reader has gone, as `head` does: there is nobody left to tell.
  if (error.code === 'EPIPE') return;
  aside(`what was to be said could not be written: ${error.message}`);
  process.exit(EXIT.trouble);
});
void main();
