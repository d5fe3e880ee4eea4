import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { told } from './compare.js';
import type { Finding, Outcome } from './scenario.js';
import { judge } from './statistics.js';

/** A scenario that was run. */
export interface Ran extends Outcome {
  readonly scenario: string;
}

const FOLDER = join('reports', 'bench');
/** The file has all of them. */
const FAULTS_SHOWN_MAX = 5;
/** Of a fault in the table; the paragraph above it has all. */
const FAULT_CHARACTERS_MAX = 60;
const HEADINGS = ['scenario', 'what', 'value', 'must', '', 'aim', ''];

export const isSound = (ran: readonly Ran[]): boolean => ran.every(({ faults }) => faults.length === 0);

/** Everything sound, and every bound kept. */
export const hasPassed = (ran: readonly Ran[]): boolean =>
  isSound(ran) &&
  ran.every(({ findings }) => findings.every(({ value, bound }) => bound === undefined || judge(value, bound).enough));

/** One scenario, for whoever waits. */
export const paragraph = ({ measured, findings, faults }: Outcome): string =>
  [
    ...measured.map((side) => `  median            ${told(side)}`),
    ...findings.map((finding) => `  ${finding.what}: ${shown(finding)}`),
    ...faults.slice(0, FAULTS_SHOWN_MAX).map((fault) => `  UNSOUND ${fault}`),
    ...(faults.length > FAULTS_SHOWN_MAX ? [`  and ${faults.length - FAULTS_SHOWN_MAX} more`] : []),
  ].join('\n');

/** All of them, a line for each finding. */
export function table(ran: readonly Ran[]): string {
  const rows = ran.flatMap(({ scenario, findings, faults }) => [
    ...findings.map((finding, n) => [n === 0 ? scenario : '', finding.what, shown(finding), ...verdict(finding)]),
    ...(faults.length > 0 ? [[scenario, `UNSOUND: ${firstOf(faults)}`, '', '', '✗', '', '']] : []),
  ]);
  const all = [HEADINGS, ...rows];
  const widths = HEADINGS.map((_, column) => Math.max(...all.map((row) => row[column]?.length ?? 0)));
  const line = (row: readonly string[]): string =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd();
  const [head, ...body] = all.map(line);
  return [head, widths.map((width) => '-'.repeat(width)).join('  '), ...body].join('\n');
}

/** @returns the file's path */
export function writeJson(facts: object, ran: readonly Ran[], now: Date): string {
  mkdirSync(FOLDER, { recursive: true });
  const path = join(FOLDER, `${now.toISOString().slice(0, 19).replaceAll(':', '-')}.json`);
  const scenarios = ran.map((one) => ({
    ...one,
    findings: one.findings.map((finding) => ({
      ...finding,
      ...(finding.bound && judge(finding.value, finding.bound)),
    })),
  }));
  writeFileSync(path, `${JSON.stringify({ ...facts, passed: hasPassed(ran), scenarios }, null, 2)}\n`);
  return path;
}

function firstOf([first = '', ...more]: readonly string[]): string {
  const said = first.length > FAULT_CHARACTERS_MAX ? `${first.slice(0, FAULT_CHARACTERS_MAX)} …` : first;
  return more.length > 0 ? `${said}, and ${more.length} more` : said;
}

const shown = ({ value, unit }: Finding): string => `${rounded(value)}${unit}`;

/** Three digits say all that a noisy machine knows. */
const rounded = (value: number): string => (Math.abs(value) >= 100 ? value.toFixed(0) : value.toPrecision(3));

function verdict({ value, bound }: Finding): string[] {
  if (!bound) return ['', '', '', ''];
  const { enough, aimReached } = judge(value, bound);
  const [sign, must] = 'least' in bound ? ['≥', bound.least] : ['≤', bound.most];
  return [`${sign} ${must}`, mark(enough), `${sign} ${bound.aim}`, mark(aimReached)];
}

const mark = (reached: boolean): string => (reached ? '✓' : '✗');
