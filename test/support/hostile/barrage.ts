import fc from 'fast-check';

import type { Contract } from '../contract.js';
import { bytesOf, type Shot } from './draft.js';
import { judge, type Secrets } from './judge.js';
import type { Operation } from './operations.js';
import { RawConnection } from './raw-connection.js';
import { REQUEST_ATTACKS } from './request-attacks.js';
import { Tally } from './tally.js';
import { type Attack, type Attacker, VALUE_ATTACKS } from './value-attacks.js';

export const ATTACKS: Readonly<Record<string, Attack>> = { ...VALUE_ATTACKS, ...REQUEST_ATTACKS };

/** Requests under way at a time: as many as keep two cores busy, far below what a queue takes. */
const AT_ONCE = 16;
/** Any answer takes less, however busy the machine is. */
const ANSWER_MAX_MS = 20_000;
/** A failure is made smaller for so long, so that it can be read. */
const SHRINK_MAX_MS = 5_000;

export interface Barrage {
  readonly base: string;
  readonly contract: Contract;
  readonly operations: readonly Operation[];
  readonly attacker: Attacker;
  readonly secrets: Secrets;
  readonly seed: number;
  /** Requests in all, at least. */
  readonly requests: number;
}

/** Sends every attack to every operation. @returns what was sent, and a line for each pair that went wrong */
export async function send(barrage: Barrage): Promise<{ tally: Tally; failures: string[] }> {
  const tally = new Tally();
  const failures: string[] = [];
  const pairs = barrage.operations.flatMap((operation) =>
    Object.entries(ATTACKS).map(([name, attack]) => ({ operation, name, shots: attack(operation, barrage.attacker) })),
  );
  const runs = Math.ceil(barrage.requests / pairs.length);
  const work = pairs.entries();
  const worker = async (): Promise<void> => {
    const connection = new RawConnection(barrage.base, ANSWER_MAX_MS);
    for (const [n, { operation, name, shots }] of work) {
      let failedAt = Infinity;
      const property = fc.asyncProperty(shots, async (shot) => {
        if (performance.now() - failedAt > SHRINK_MAX_MS) return;
        try {
          await fire(shot, connection, barrage, (status) => tally.add(operation.name, name, status));
        } catch (error) {
          failedAt = Math.min(failedAt, performance.now());
          throw error;
        }
      });
      const run = await fc.check(property, { seed: barrage.seed + n, numRuns: runs });
      if (run.failed)
        failures.push(`${name} at ${operation.name}: ${String(run.errorInstance)}\n${told(run.counterexample?.[0])}`);
    }
    connection.close();
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  return { tally, failures };
}

async function fire(
  shot: Shot,
  connection: RawConnection,
  { contract, secrets }: Barrage,
  answered: (status: number) => void,
): Promise<void> {
  const reply = await connection.send(bytesOf(shot), shot.method);
  answered(reply.status);
  judge(shot, reply, contract, secrets);
}

const TOLD_MAX = 600;

const told = (shot: Shot | undefined): string =>
  shot ? JSON.stringify(bytesOf(shot).toString().slice(0, TOLD_MAX)) : 'nothing was sent';
