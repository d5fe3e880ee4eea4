import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';

import { Redis } from 'ioredis';

import { freePort } from '../../db/embedded/launch.js';
import { redisServer } from './debian-tools.js';
import { eventually } from './wait.js';

/** A Redis of one spec's own, that forgets everything when it ends. */
export interface RedisServer {
  readonly url: string;
  /** How often a partner's requests were counted there; 0 when it has forgotten. */
  counted(partnerId: string): Promise<number>;
  signal(signal: NodeJS.Signals): void;
  /** Starts it again, on the same port. */
  start(): Promise<void>;
  stop(): Promise<void>;
}

const ANSWER_MAX_MS = 1_000;
const READY_MAX_MS = 20_000;

export async function startRedis(): Promise<RedisServer> {
  const [command, ...prefix] = await redisServer();
  const port = await freePort(0);
  if (port === undefined) throw new Error('no port is free for Redis');
  const options = ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no'];
  let child: ChildProcess;

  const ask = async <T>(question: (redis: Redis) => Promise<T>): Promise<T> => {
    const redis = new Redis(port, '127.0.0.1', { commandTimeout: ANSWER_MAX_MS, maxRetriesPerRequest: 0 });
    redis.on('error', () => undefined); // the question fails
    try {
      return await question(redis);
    } finally {
      redis.disconnect();
    }
  };
  const start = async (): Promise<void> => {
    child = spawn(command, [...prefix, ...options], { stdio: 'ignore' });
    const answers = (): Promise<boolean> =>
      ask((redis) => redis.ping()).then(
        () => true,
        () => false,
      );
    await eventually('Redis answers', answers, READY_MAX_MS);
  };
  await start();
  return {
    url: `redis://127.0.0.1:${port}`,
    counted: (partnerId) => ask(async (redis) => Number(await redis.get(`allotment:requests:${partnerId}`))),
    signal: (signal) => void child.kill(signal),
    start,
    async stop() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const ended = once(child, 'exit');
      child.kill('SIGKILL');
      await ended;
    },
  };
}
