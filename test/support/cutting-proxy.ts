import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';

/**
 * What happens to a COMMIT that is cut: `before` it reaches the server; `after` the server has it, whose answer goes
 * nowhere; `late` like `after`, but the network delivers it only a while after the client has lost its connection.
 */
export type Cut = 'before' | 'after' | 'late';

/** Or it is delivered once it was looked up and not found, just before what is done in its place. */
type CommitCut = Cut | 'overtaking';

/** Stands between the app and MySQL, and cuts connections where the tests want it. */
export interface CuttingProxy {
  /** The database, through here. */
  readonly url: string;
  /** COMMITs cut so far. */
  readonly cuts: number;
  /** What was sent to be run, a text per round trip. */
  readonly sent: string[];
  /** The next so many COMMITs are cut. */
  cutCommits(how: CommitCut, times?: number): void;
  /** The next COMMIT is cut, and with it the database goes away. */
  cutCommitAndGoAway(how: Cut): void;
  /** Closes all connections and takes no new ones. */
  goAway(): Promise<void>;
  /** Keeps all connections and takes new ones, but passes nothing on. */
  fallSilent(): void;
  /** The same, as soon as somebody sends a statement with this text. */
  fallSilentAt(text: string): void;
  comeBack(): Promise<void>;
  close(): Promise<void>;
}

const LATE_MS = 400;
/** For as long the server's side of a cut connection stays open, so that the server finishes what it was sent. */
const FINISH_MS = 2_000;
const HEADER_BYTES = 4;
/** A command begins a new sequence. */
const SEQUENCE_AT = 3;
const COMMIT = Buffer.from('\nCOMMIT');
const COM_QUERY = 3;

export async function startCuttingProxy(databaseUrl: string): Promise<CuttingProxy> {
  const target = new URL(databaseUrl);
  const sockets = new Set<Socket>();
  /** The server's side of connections that were cut: `cut` closes them. */
  const finishing = new WeakSet<Socket>();
  let armed: { how: CommitCut; left: number; thenGoAway: boolean } | undefined;
  let cuts = 0;
  const sent: string[] = [];
  let silent = false;
  let silencedBy: string | undefined;
  /** A COMMIT that is to overtake the next statement after its look-up. */
  let held: { readonly deliver: () => void; lookedUp: boolean } | undefined;

  const track = (socket: Socket): Socket => {
    sockets.add(socket);
    return socket.on('close', () => sockets.delete(socket)).on('error', () => socket.destroy());
  };

  const cut = (how: CommitCut, packet: Buffer, client: Socket, server: Socket): void => {
    cuts++;
    finishing.add(server);
    server.removeAllListeners('data').resume();
    client.destroy();
    if (how === 'before') server.destroy();
    else if (how === 'overtaking') {
      held = { deliver: () => server.write(packet), lookedUp: false };
      setTimeout(() => server.destroy(), FINISH_MS).unref();
    } else {
      setTimeout(() => server.write(packet), how === 'late' ? LATE_MS : 0).unref();
      setTimeout(() => server.destroy(), FINISH_MS).unref();
    }
  };

  const pass = (packet: Buffer, client: Socket, server: Socket): void => {
    silent ||= silencedBy !== undefined && packet.includes(silencedBy);
    if (silent) return;
    if (packet[SEQUENCE_AT] === 0 && packet[HEADER_BYTES] === COM_QUERY)
      sent.push(packet.toString('utf8', HEADER_BYTES + 1));
    if (armed && packet.subarray(-COMMIT.length).equals(COMMIT)) {
      const { how, thenGoAway } = armed;
      if (--armed.left === 0) armed = undefined;
      cut(how, packet, client, server);
      if (thenGoAway) void hangUp();
    } else if (held?.lookedUp === true) {
      held.deliver();
      held = undefined;
      setTimeout(() => server.write(packet), LATE_MS).unref();
    } else {
      if (held && packet.includes('ROLLBACK')) held.lookedUp = true;
      server.write(packet);
    }
  };

  const join = (client: Socket): void => {
    const server = track(connect(Number(target.port), target.hostname));
    track(client).on(
      'data',
      packetsOf((packet) => pass(packet, client, server)),
    );
    server.on('data', (chunk) => {
      if (!silent) client.write(chunk);
    });
    server.on('close', () => client.destroy());
    client.on('close', () => {
      if (!finishing.has(server)) server.destroy();
    });
  };

  let listener = await listen(0, join);
  const { port } = listener.address() as AddressInfo;
  const hangUp = async (): Promise<void> => {
    const closed = once(listener, 'close');
    listener.close();
    for (const socket of sockets) if (!finishing.has(socket)) socket.destroy();
    await closed;
  };
  const url = new URL(databaseUrl);
  url.host = `127.0.0.1:${port}`;
  return {
    url: url.href,
    get cuts() {
      return cuts;
    },
    sent,
    cutCommits: (how, times = 1) => {
      armed = { how, left: times, thenGoAway: false };
    },
    cutCommitAndGoAway: (how) => {
      armed = { how, left: 1, thenGoAway: true };
    },
    goAway: hangUp,
    fallSilent: () => {
      silent = true;
    },
    fallSilentAt: (text) => {
      silencedBy = text;
    },
    comeBack: async () => {
      silencedBy = undefined;
      // What was swallowed is not sent again, so those connections are of no use.
      if (silent) for (const socket of sockets) socket.destroy();
      silent = false;
      if (!listener.listening) listener = await listen(port, join);
    },
    close: async () => {
      if (listener.listening) await hangUp();
      for (const socket of sockets) socket.destroy();
    },
  };
}

async function listen(port: number, join: (client: Socket) => void): Promise<Server> {
  const server = createServer(join).listen(port, '127.0.0.1');
  await once(server, 'listening');
  return server;
}

/** Cuts a stream of MySQL's protocol into its packets: three bytes of length, one of sequence, the payload. */
function packetsOf(take: (packet: Buffer) => void): (chunk: Buffer) => void {
  let pending = Buffer.alloc(0);
  return (chunk) => {
    pending = Buffer.concat([pending, chunk]);
    while (pending.length >= HEADER_BYTES) {
      const size = HEADER_BYTES + pending.readUIntLE(0, 3);
      if (pending.length < size) return;
      const packet = pending.subarray(0, size);
      pending = pending.subarray(size);
      take(packet);
    }
  };
}
