import { fastify } from 'fastify';

import { INVENTORY } from '../../src/inventory/inventory.examples.js';
import { RESERVED } from '../../src/reservation/reservation.examples.js';
import { fail } from '../../src/terminal.js';

/** Fastify alone: JSON in, JSON out of the same size as the service's answers. What HTTP costs here at the least. */
const server = fastify();
server.get('/health/ready', () => ({ status: 'ready' }));
server.post('/bench/noop', (_request, reply) => reply.status(201).send(RESERVED));
server.get('/bench/noop', () => INVENTORY);
process.once('SIGTERM', () => void server.close());
server.listen({ port: Number(process.env['PORT']), host: '127.0.0.1' }).catch(fail);
