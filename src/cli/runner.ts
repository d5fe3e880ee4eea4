import { once } from 'node:events';
import { styleText } from 'node:util';

import type { Desk } from './desk.js';
import { EXIT } from './exit-codes.js';

/** How a line of headings looks: bold on a terminal that has colours. */
export type Heading = (line: string) => string;

/** How a command tells what it did. */
export interface Telling<T> {
  /** For people. */
  readonly text: (answer: T, heading: Heading) => string;
  /** What belongs to it and isn't the answer: on standard error, for people. */
  readonly aside?: (answer: T) => string | undefined;
  /** For programs; the answer as it is, when absent. */
  readonly json?: (answer: T) => unknown;
  /** Done, when absent. */
  readonly exitCode?: (answer: T) => number;
}

/** Runs a command's work against the services, and prints what they answer. */
export class Runner {
  constructor(
    private readonly open: () => Promise<Desk>,
    private readonly json: () => boolean,
  ) {}

  /** @param work answers what the API would */
  async run<T>(work: (desk: Desk) => Promise<T>, { text, aside, json, exitCode }: Telling<T>): Promise<void> {
    const desk = await this.open();
    try {
      const answer = await work(desk);
      const said = this.json() ? JSON.stringify(json ? json(answer) : answer, undefined, 2) : text(answer, heading);
      process.stdout.write(`${said}\n`);
      const besides = this.json() ? undefined : aside?.(answer);
      if (besides !== undefined) process.stderr.write(`${besides}\n`);
      process.exitCode = exitCode?.(answer) ?? EXIT.done;
    } finally {
      await desk.close();
    }
  }

  get answersInJson(): boolean {
    return this.json();
  }

  /** Prints texts one by one, no faster than they are read; a reader that goes away ends it. */
  async stream(work: (desk: Desk) => AsyncIterable<string>): Promise<void> {
    const { stdout } = process;
    const gone = new AbortController();
    stdout.once('error', () => {
      gone.abort();
    });
    const desk = await this.open();
    try {
      for await (const text of work(desk)) {
        // The error of a pipe that was closed comes a turn later.
        if (!stdout.write(text)) await once(stdout, 'drain', { signal: gone.signal }).catch(() => undefined);
        if (gone.signal.aborted) break;
      }
      process.exitCode = EXIT.done;
    } finally {
      await desk.close();
    }
  }
}

/** `NO_COLOR` and what is no terminal are respected. @see https://no-color.org */
const heading: Heading = (line) =>
  process.stdout.isTTY && process.stdout.hasColors() && !process.env['NO_COLOR'] ? styleText('bold', line) : line;
