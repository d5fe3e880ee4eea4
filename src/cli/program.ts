import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { Command } from '@commander-js/extra-typings';

import { addAdminKeyCommand } from './admin-key.command.js';
import { addAllotmentCommands } from './allotment.commands.js';
import { addChannelCommands } from './channel.commands.js';
import { addConversionCommand } from './conversion.command.js';
import type { Desk } from './desk.js';
import { addExplainCommand } from './explain.command.js';
import { addKeyCommands } from './key.commands.js';
import { addLedgerCommands } from './ledger.commands.js';
import { addLogCommand } from './log.command.js';
import { addPartnerCommands } from './partner.commands.js';
import { addProductCommands } from './product.commands.js';
import { addReconcileCommand } from './reconcile.command.js';
import { addReleaseCommands } from './release.commands.js';
import { Runner } from './runner.js';
import { addSpecialDateCommands } from './special-date.commands.js';

const FOOT = `
Works on the database of DATABASE_URL; without it on the private one, beside a running npm start too.
Exit codes: 0 done, 1 refused, 2 called wrongly, 3 trouble, such as a database that is away.
docs/cli.md has all commands with their output.`;

export interface Cli {
  readonly program: Command<[], { json?: true }>;
  /** Whether answers, and faults, are for a program to read. */
  json(): boolean;
}

/** All commands; none does anything before it is parsed. @param open gets the services, when one needs them */
export function createCli(open: () => Promise<Desk>): Cli {
  const program = new Command('allotment')
    .description(
      "The operator's desk on the command line: how products' caps are split among channels, and who sells them.",
    )
    .option('--json', 'answers as JSON, as the API gives them')
    .version(version(), '--version', 'print the version')
    .helpOption('-h, --help', 'print help')
    .helpCommand('help [command]', 'print the help of a command')
    .configureHelp({ showGlobalOptions: true })
    .addHelpText('after', FOOT)
    .configureOutput({ outputError: (text, write) => write(text.replace(/^error: /, 'allotment: ')) })
    .showHelpAfterError('With --help it says how it is called.')
    // Its own way out is process.exit(1), whatever was wrong.
    .exitOverride();
  const json = (): boolean => program.opts().json === true;
  const runner = new Runner(open, json);
  addAdminKeyCommand(program, runner);
  addChannelCommands(program, runner);
  addProductCommands(program, runner);
  addSpecialDateCommands(program, runner);
  addPartnerCommands(program, runner);
  addKeyCommands(program, runner);
  addAllotmentCommands(program, runner);
  addReleaseCommands(program, runner);
  addExplainCommand(program, runner);
  addLedgerCommands(program, runner);
  addConversionCommand(program, runner);
  addReconcileCommand(program, runner);
  addLogCommand(program, runner);
  return { program, json };
}

function version(): string {
  const { version } = JSON.parse(readFileSync(join(__dirname, '../../../package.json'), 'utf8')) as { version: string };
  return version;
}
