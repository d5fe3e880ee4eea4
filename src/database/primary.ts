import { Socket } from 'node:net';

import { createConnection, type RowDataPacket } from 'mysql2/promise';

import { withoutDatabase } from '../config/database-url.js';
import { WHY_NOT_PRIMARY } from './group-member.js';
import { NO_PRIMARY, NO_TABLE_RIGHT, NO_USER_RIGHT } from './mysql-errors.js';

/** A server that takes longer is passed over; half of what a new connection may take, see CONNECT_MAX_MS. */
const ASK_MAX_MS = 1_500;
/** How long connections may lead to a server that is no longer the primary, or fell silent, before somebody looks. */
const LOOK_EVERY_MS = 1_000;
const MYSQL_PORT = 3306;
const REFUSALS: ReadonlySet<unknown> = new Set([...NO_USER_RIGHT, NO_TABLE_RIGHT]);

/** No server takes writes at the moment. It passes: a group elects another primary. */
export class NoPrimaryError extends Error {
  override readonly name = 'NoPrimaryError';
  readonly code = NO_PRIMARY;

  /** @param errno of a server that would not let us ask */
  constructor(
    message: string,
    readonly errno?: number,
  ) {
    super(message);
  }
}

/**
 * Leads connections to the primary among the servers of a Group Replication group.
 *
 * Each new connection asks all servers and goes to the one that is the primary and reaches a majority. While connections are
 * open that server is asked again, once a second: when it says that it is the primary no longer, or is silent while
 * another one is, its connections are closed, so that whatever waits on them is tried again on the new primary.
 */
export class Primary {
  /** Where each open connection leads. */
  private readonly open = new Map<Socket, string>();
  private search: Promise<string> | undefined;
  private timer: NodeJS.Timeout | undefined;
  private looking = false;

  /** @param servers URLs of one server each */
  constructor(private readonly servers: readonly string[]) {}

  /** mysql2's `stream`: a socket that is going to be connected to the primary. Its owner bounds the time that takes. */
  readonly connect = (): Socket => {
    const socket = new Socket().setNoDelay(true).setKeepAlive(true);
    this.find().then(
      (server) => {
        // Its owner may have given up meanwhile.
        if (!socket.destroyed) this.lead(socket, server);
      },
      (error: unknown) => socket.destroy(error as Error),
    );
    return socket;
  };

  /** @returns the URL of the server that is the primary now; who asks meanwhile shares the answer */
  private find(): Promise<string> {
    this.search ??= Promise.any(this.servers.map((server) => ask(server).then(() => server)))
      .catch((error: unknown) => {
        throw noPrimary(this.servers, (error as AggregateError).errors as readonly Error[]);
      })
      .finally(() => {
        this.search = undefined;
      });
    return this.search;
  }

  private lead(socket: Socket, server: string): void {
    const { hostname, port } = new URL(server);
    this.open.set(socket, server);
    socket.once('close', () => {
      this.open.delete(socket);
      if (this.open.size > 0) return;
      clearInterval(this.timer);
      this.timer = undefined;
    });
    this.timer ??= setInterval(() => void this.look(), LOOK_EVERY_MS).unref();
    socket.connect({ host: hostname.replace(/^\[|\]$/g, ''), port: Number(port) || MYSQL_PORT });
  }

  private async look(): Promise<void> {
    if (this.looking) return;
    this.looking = true;
    for (const server of new Set(this.open.values())) {
      if (await this.isLost(server)) this.drop(server);
    }
    this.looking = false;
  }

  /** One that merely doesn't answer is left only for another that is the primary: it may be busy. */
  private async isLost(server: string): Promise<boolean> {
    try {
      await ask(server);
      return false;
    } catch (error) {
      if (error instanceof NoPrimaryError) return true;
      return await this.find().then(
        (primary) => primary !== server,
        () => false,
      );
    }
  }

  private drop(server: string): void {
    for (const [socket, leadsTo] of this.open) if (leadsTo === server) socket.destroy();
  }
}

/** @throws NoPrimaryError when the server says that it is not the primary; anything else when it says nothing */
async function ask(server: string): Promise<void> {
  const connection = await createConnection({ uri: withoutDatabase(server), connectTimeout: ASK_MAX_MS });
  const why = await connection
    .query<RowDataPacket[]>({ sql: WHY_NOT_PRIMARY.sql, timeout: ASK_MAX_MS })
    .then(([rows]) => WHY_NOT_PRIMARY.read(rows))
    .catch((error: unknown) => {
      connection.destroy();
      throw error;
    });
  // Without a good-bye the server would count an aborted client a second; one that freezes now must not hold us up.
  connection.end().catch(() => connection.destroy());
  if (why !== undefined) throw new NoPrimaryError(why);
}

function noPrimary(servers: readonly string[], answers: readonly Error[]): NoPrimaryError {
  const said = servers.map((server, n) => `${new URL(server).host} ${whyOf(answers[n])}`);
  const refused = answers.map((answer) => (answer as { errno?: number }).errno).find((errno) => REFUSALS.has(errno));
  return new NoPrimaryError(`no primary among ${servers.length} servers: ${said.join('; ')}`, refused);
}

function whyOf(answer: Error | undefined): string {
  if (answer instanceof NoPrimaryError) return answer.message;
  const { code, message } = answer as NodeJS.ErrnoException;
  return `does not answer (${message || (code ?? '')})`;
}
