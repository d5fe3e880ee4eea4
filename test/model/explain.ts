import { isDeepStrictEqual } from 'node:util';

import type { Expected, Model } from './model.js';
import { type Answer, describeAnswer, describeRequest, type Request } from './request.js';

/** Something that happened: a request and its answer, or a hold whose time came. Times on one clock, in ms. */
export interface Happened {
  readonly what: Request | { readonly kind: 'lapse'; readonly reservationId: string };
  readonly answer?: Answer;
  readonly startedAt: number;
  readonly endedAt: number;
}

/**
 * Looks for an order in which the model would have answered the same, one after the other, and in which nothing comes
 * before what had ended when it started (Wing and Gong's search; small bunches only: it tries all orders that may be).
 * Any order will do: what changes the model is in the answers, so all that explain them end in the same state.
 *
 * @returns the model afterwards; `undefined` when no order explains the answers
 */
export function explain(model: Model, bunch: readonly Happened[]): Model | undefined {
  if (bunch.length === 0) return model;
  const firstEnd = Math.min(...bunch.map(({ endedAt }) => endedAt));
  for (const next of bunch) {
    if (next.startedAt > firstEnd) continue;
    const after = follow(model, next);
    const explained =
      after &&
      explain(
        after,
        bunch.filter((other) => other !== next),
      );
    if (explained) return explained;
  }
  return undefined;
}

/** The model after this, if it answers the same. */
function follow(model: Model, { what, answer }: Happened): Model | undefined {
  const after = model.copy();
  if (what.kind === 'lapse') after.lapse(what.reservationId);
  else if (answer && isAsExpected(model.expects(what), answer)) after.learn(what, answer);
  else return undefined;
  return after;
}

function isAsExpected({ status, replayed, body, text }: Expected, answer: Answer): boolean {
  const told = answer.body as Readonly<Record<string, unknown>>;
  return (
    answer.status === status &&
    answer.replayed === replayed &&
    (text === undefined || answer.text === text) &&
    Object.entries(body).every(([name, value]) => isDeepStrictEqual(told[name], value))
  );
}

/** For people: each with its answer, and what it would have been answered alone. */
export const complaint = (model: Model, bunch: readonly Happened[]): string =>
  bunch
    .map(({ what, answer }) => {
      if (what.kind === 'lapse') return `  ${what.reservationId} lapses`;
      const { status, replayed, body, text } = model.expects(what);
      const expected = `${status}${replayed ? ' replayed' : ''} ${text ?? JSON.stringify(body)}`;
      return `  ${describeRequest(what)}\n    was answered ${describeAnswer(answer)}\n    alone it would be ${expected}`;
    })
    .join('\n');
