import { cpus, totalmem } from 'node:os';

import { EmbeddedMysqlError } from '../db/embedded/errors.js';
import { ArgumentError, type Options, parseArguments, USAGE } from './arguments.js';
import { compare } from './compare.js';
import { KEPT_FROM_ROWS } from './filling.js';
import { LoadGenerator } from './load/load-generator.js';
import { type BenchMysql, durabilityOf, startMysql } from './mysql.js';
import { endAll } from './processes.js';
import { hasPassed, isSound, paragraph, type Ran, table, writeJson } from './report.js';
import type { Outcome, Scenario } from './scenario.js';
import { SCENARIOS } from './scenarios.js';
import type { Bench } from './sides.js';
import { tuneBaseline } from './tune-baseline.js';

const BAD_ARGUMENTS = 2;

/** What is under way fails when all is ended, and that is no news. */
let interrupted = false;

const say = (line: string): void => void process.stdout.write(`${line}\n`);

function chosen({ quick, only }: Options): readonly Scenario[] {
  const scenarios = SCENARIOS.filter(
    (scenario) =>
      (!quick || scenario.quick) && (only === undefined || scenario.name.toLowerCase().includes(only.toLowerCase())),
  );
  if (scenarios.length > 0) return scenarios;
  const names = SCENARIOS.map(({ name }) => `  ${name}`).join('\n');
  throw new ArgumentError(`No scenario's name has the text ${only ?? ''}. There are:\n${names}`);
}

/** Whether tables are needed that are worth keeping. */
const isLarge = (scenarios: readonly Scenario[], { rows }: Options): boolean =>
  rows >= KEPT_FROM_ROWS &&
  scenarios.some((scenario) => ('sides' in scenario ? scenario.sides.includes('large tables') : scenario.keeps));

async function main(options: Options, scenarios: readonly Scenario[]): Promise<boolean> {
  const started = new Date();
  const keep = !options.tuneBaseline && isLarge(scenarios, options);
  let mysql: BenchMysql | undefined;
  let load: LoadGenerator | undefined;
  const close = async (): Promise<void> => {
    load?.end();
    await endAll();
    await mysql?.close();
  };
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => {
      say(`${signal}: ending all that was started`);
      interrupted = true;
      void close().finally(() => process.exit(1));
    });
  }
  try {
    mysql = await startMysql(keep, say);
    load = new LoadGenerator();
    const bench: Bench = { options, server: mysql.server, load, say };
    const facts = {
      started,
      options,
      machine: { cpu: cpus()[0]?.model ?? '', cores: cpus().length, memoryGb: Math.round(totalmem() / 1024 ** 3) },
      node: process.version,
      mysql: mysql.server.version,
      durability: await durabilityOf(mysql.server),
    };
    say(factsTold(facts));
    return options.tuneBaseline
      ? isSound([{ scenario: 'tuning', measured: [], findings: [], faults: await tuneBaseline(bench) }])
      : await runAll(bench, scenarios, facts);
  } finally {
    await close();
  }
}

async function runAll(bench: Bench, scenarios: readonly Scenario[], facts: { started: Date }): Promise<boolean> {
  const ran: Ran[] = [];
  for (const [n, scenario] of scenarios.entries()) {
    say(`\n${n + 1} of ${scenarios.length}: ${scenario.name}`);
    const outcome = await outcomeOf(bench, scenario);
    say(paragraph(outcome));
    ran.push({ scenario: scenario.name, ...outcome });
  }
  const path = writeJson(facts, ran, facts.started);
  const minutes = ((Date.now() - facts.started.getTime()) / 60_000).toFixed(1);
  say(`\n${table(ran)}\n\n${path}, ${minutes} minutes`);
  say(isSound(ran) ? 'Everything was sound.' : 'NOT SOUND: see above. The numbers of those scenarios mean nothing.');
  return hasPassed(ran);
}

/** A scenario that can't be measured is told as that, since the others took minutes. */
async function outcomeOf(bench: Bench, scenario: Scenario): Promise<Outcome> {
  try {
    return 'run' in scenario ? await scenario.run(bench) : await compare(bench, scenario);
  } catch (error) {
    if (interrupted) throw error;
    await endAll();
    bench.load.restart();
    return {
      measured: [],
      findings: [],
      faults: [`not measured: ${error instanceof Error ? error.message : String(error)}`],
    };
  }
}

function factsTold(facts: {
  readonly machine: { readonly cpu: string; readonly cores: number; readonly memoryGb: number };
  readonly node: string;
  readonly mysql: string;
  readonly durability: object;
}): string {
  const { cpu, cores, memoryGb } = facts.machine;
  return `${cores} cores (${cpu}), ${memoryGb} GB, Node ${facts.node}, MySQL ${facts.mysql}, ${JSON.stringify(facts.durability)}`;
}

function fail(error: unknown): void {
  if (interrupted) return;
  const foreseen = error instanceof ArgumentError || error instanceof EmbeddedMysqlError;
  process.stderr.write(`bench: ${foreseen ? error.message : String(error instanceof Error ? error.stack : error)}\n`);
  if (error instanceof ArgumentError) process.stderr.write(`\n${USAGE}\n`);
  process.exitCode = error instanceof ArgumentError ? BAD_ARGUMENTS : 1;
}

try {
  const options = parseArguments(process.argv.slice(2));
  if (options.help) say(USAGE);
  else
    main(options, chosen(options)).then((passed) => {
      process.exitCode = passed ? 0 : 1;
    }, fail);
} catch (error) {
  fail(error);
}
