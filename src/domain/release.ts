import type { AllotCommand } from './command.js';
import type { Instant } from './instant.js';
import type { Attribution } from './movement.js';

/** It leaves `scheduled` once, and for good. */
export const RELEASE_STATUSES = ['scheduled', 'done', 'cancelled'] as const;

export type ReleaseStatus = (typeof RELEASE_STATUSES)[number];

/** What a channel hasn't sold goes to another one, at a certain time. */
export interface Release {
  readonly id: string;
  readonly productId: number;
  readonly from: string;
  readonly to: string;
  /** Free units that the channel keeps. */
  readonly keep: number;
  readonly dueAt: Instant;
  readonly reason: string | undefined;
}

/** The change that a release comes to; as a try, when it has no id yet. */
export const releaseCommand = (
  { id, from, to, keep }: Pick<Release, 'from' | 'to' | 'keep'> & { readonly id?: string },
  by: Attribution,
): AllotCommand => ({
  kind: 'allot',
  change: { kind: 'release', from, to, keep },
  releaseId: id,
  expected: undefined,
  dryRun: id === undefined,
  by,
  partner: { id: by.actor },
  idempotency: undefined,
});
