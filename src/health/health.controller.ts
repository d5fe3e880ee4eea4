import { Controller, Get, Inject } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, type ApiResponseNoStatusOptions, ApiTags } from '@nestjs/swagger';
import { InjectDataSource } from '@nestjs/typeorm';
import type { RowDataPacket } from 'mysql2';
import type { DataSource } from 'typeorm';

import { Public } from '../auth/scopes.js';
import { Refuses } from '../contract/refuses.js';
import { PRIMARY_CHECK } from '../database/group-member.js';
import { pendingMigrations } from '../database/migrations.js';
import { NoPrimaryError } from '../database/primary.js';
import { NOT_ASKED, type Query } from '../database/transaction.js';
import { DomainError, type Refusal } from '../domain/errors.js';
import { LOG, type Log } from '../observability/log.js';
import { RequestTracker } from '../observability/request-tracker.js';

/** A database that takes longer is not one to send partners to. */
const ANSWER_MAX_MS = 2_000;

const answer = (description: string, status: string): ApiResponseNoStatusOptions => ({
  description,
  content: {
    'application/json': {
      schema: { type: 'object', required: ['status'], properties: { status: { type: 'string', enum: [status] } } },
      example: { status },
    },
  },
});

@ApiTags('Health')
@Controller('health')
export class HealthController {
  /** Once true it stays so: migrations only go forward. */
  private migrated = false;

  constructor(
    @InjectDataSource() private readonly dataSource: DataSource,
    @Inject(LOG) private readonly log: Log,
    private readonly requests: RequestTracker,
    @Inject(PRIMARY_CHECK) private readonly primaryCheck: Query<string | undefined>,
  ) {}

  @Get('live')
  @Public()
  @ApiOperation({ summary: 'Whether the process runs', operationId: 'getLiveness' })
  @ApiOkResponse(answer('It runs', 'live'))
  live(): { status: string } {
    return { status: 'live' };
  }

  @Get('ready')
  @Public()
  @ApiOperation({
    summary: 'Whether requests should be sent here: the database answers and is migrated',
    operationId: 'getReadiness',
  })
  @ApiOkResponse(answer('It serves', 'ready'))
  @Refuses('unavailable', 'shutting_down')
  async ready(): Promise<{ status: string }> {
    const refusal = this.requests.draining ? STOPPING : await this.lookAtDatabase();
    if (refusal) throw new DomainError(refusal);
    return { status: 'ready' };
  }

  private async lookAtDatabase(): Promise<Refusal | undefined> {
    try {
      const pending = await within(
        ANSWER_MAX_MS,
        this.migrated ? this.ping() : pendingMigrations((sql) => this.dataSource.query(sql)),
      );
      this.migrated = pending.length === 0;
      return this.migrated
        ? undefined
        : notReady(`Migrations are pending: ${pending.join(', ')}. Run npm run migrate.`);
    } catch (error) {
      this.log.warn({ err: error }, 'not ready: the database does not answer');
      return notReady(
        error instanceof NoPrimaryError
          ? 'The database takes no changes at the moment.'
          : 'The database does not answer.',
      );
    }
  }

  private async ping(): Promise<string[]> {
    const { sql, read } = this.primaryCheck;
    if (sql === NOT_ASKED) await this.dataSource.query('DO 0');
    else {
      const whyNot = read(await this.dataSource.query<RowDataPacket[]>(sql));
      if (whyNot !== undefined) throw new NoPrimaryError(whyNot);
    }
    return [];
  }
}

const STOPPING: Refusal = { code: 'shutting_down', detail: 'This instance is stopping.' };
const notReady = (detail: string): Refusal => ({ code: 'unavailable', detail });

async function within<T>(maxMs: number, answer: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      reject(new Error(`no answer within ${maxMs} ms`));
    }, maxMs);
  });
  try {
    return await Promise.race([answer, late]);
  } finally {
    clearTimeout(timer);
  }
}
