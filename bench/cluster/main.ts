import cluster, { type Worker } from 'node:cluster';
import { join } from 'node:path';

/** So many of the service behind one port: this process takes the connections and deals them out, the product knows nothing of it. */
const PROCESSES = Number(process.env['PROCESSES']);

cluster.setupPrimary({ exec: join(__dirname, '..', '..', 'src', 'main.js') });
const workers: Worker[] = Array.from({ length: PROCESSES }, () => cluster.fork());
let stopping = false;
process.once('SIGTERM', () => {
  stopping = true;
  for (const worker of workers) worker.process.kill('SIGTERM');
});
cluster.on('exit', () => {
  if (!stopping) process.exit(1);
});
