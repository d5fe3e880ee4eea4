import { checkServer } from '../../src/database/server-check.js';
import { createLanesPool } from '../../src/database/pools.js';
import { startCuttingProxy } from '../support/cutting-proxy.js';
import { env, newDatabaseUrl } from '../support/database.js';
import { runService } from '../support/service.js';

/** The run's MySQL under two names, and a port where nothing listens: no group, so none of them is a primary. */
function severalHosts(url: string): string {
  const { host, port } = new URL(url);
  return url.replace(host, `${host},localhost:${port},127.0.0.1:1`);
}

const rootUrl = (): string => {
  const url = new URL(env('TEST_MYSQL_ROOT_URL'));
  url.pathname = '/allotment_test';
  return url.href;
};

describe('a start with several hosts', () => {
  it('says which right is missing, without waiting', async () => {
    const { code, output } = await runService({
      DATABASE_URL: severalHosts(newDatabaseUrl()),
      DATABASE_WAIT_SECONDS: '600',
    });
    expect(code).toBe(1);
    expect(output).toContain('GRANT SELECT ON performance_schema.replication_group_members');
    expect(output).not.toContain(new URL(env('TEST_MYSQL_URL')).password);
  });

  it('says of each why it is not the primary', async () => {
    const refusal = checkServer(severalHosts(rootUrl()), 1, () => undefined);
    await expect(refusal).rejects.toThrow(
      /No primary answers at 127\.0\.0\.1:\d+, localhost:\d+, 127\.0\.0\.1:1 .*127\.0\.0\.1:\d+ is in no group.*127\.0\.0\.1:1 does not answer \(.*ECONNREFUSED/,
    );
  });

  it('says that the password is wrong', async () => {
    const url = new URL(rootUrl());
    url.password = 'very-wrong';
    const refusal = checkServer(severalHosts(url.href), 600, () => undefined);
    await expect(refusal).rejects.toThrow(/refuses the user or password of DATABASE_URL/);
  });
});

describe('a pool with several hosts', () => {
  it('leads nowhere while none is the primary', async () => {
    const pool = createLanesPool(severalHosts(rootUrl()), 1);
    await expect(pool.query('DO 0')).rejects.toMatchObject({ code: 'NO_PRIMARY' });
    await pool.end();
  });
});

describe('a pool with one host', () => {
  it('asks nothing about a group', async () => {
    const network = await startCuttingProxy(env('TEST_MYSQL_ROOT_URL'));
    const pool = createLanesPool(network.url, 1);
    await pool.query('DO 0');
    await pool.end();
    await network.close();
    expect(network.sent).toEqual([expect.stringContaining('SET SESSION'), expect.stringContaining('DO 0')]);
  });
});
