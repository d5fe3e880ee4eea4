import { createHash } from 'node:crypto';

import type { Api, Reply } from './api.js';
import type { TestDatabase } from './database.js';
import { type DemoService, useDemoService } from './demo-service.js';
import { expectProblem } from './problem.js';

export const OPERATOR = 'desk_test_key_12345';

/** A key with the scope `admin`, of a partner on the operator's own channel. The demo data have none: it would be public. */
export async function addOperator(database: TestDatabase): Promise<void> {
  await database.rows(
    `INSERT INTO partners (id, name, channel_id) VALUES ('operator', 'Operator', 'direct');
     INSERT INTO api_keys (partner_id, key_sha256, label, scopes) VALUES ('operator', ?, 'desk', '["admin"]')`,
    [createHash('sha256').update(OPERATOR).digest()],
  );
}

export interface Desk extends DemoService {
  /** Asks as the operator, e.g. `desk('PATCH partners/partner-a', { name: 'A' })`. */
  ask<T = Record<string, unknown>>(route: Route, body?: unknown): Promise<Reply<T>>;
  /** The same, refused with 422: pointers, or parameters, and what is wrong with each. */
  faults(route: Route, body?: unknown): Promise<string[]>;
  /** What the log says of a subject, newest first. */
  log(subjectType: string, subjectId: string): Promise<Line[]>;
}

type Route = Parameters<Api['desk']>[1];

interface Line {
  readonly actor: string;
  readonly action: string;
  readonly reason: string | null;
  readonly details: Readonly<Record<string, unknown>>;
}

/** Boots a demo service with an operator before the tests of the enclosing block. */
export function useDesk(settings: Readonly<Record<string, string>> = {}): Desk {
  const demo = useDemoService(settings);
  beforeAll(() => addOperator(demo.database));
  const ask: Desk['ask'] = (route, body) => demo.api.desk(OPERATOR, route, body);
  return Object.assign(Object.create(demo) as DemoService, {
    ask,
    async faults(route: Route, body?: unknown) {
      const { errors = [] } = expectProblem(await ask(route, body), 422, 'invalid_value');
      return errors.map(({ pointer = '', parameter = '', detail }) => `${pointer}${parameter} ${detail}`);
    },
    async log(subjectType: string, subjectId: string) {
      const { body } = await ask<{ lines: Line[] }>(`GET log?subject_type=${subjectType}&subject_id=${subjectId}`);
      return body.lines.map(({ actor, action, reason, details }) => ({ actor, action, reason, details }));
    },
  });
}
