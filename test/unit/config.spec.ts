import { type Config, ConfigError, readConfig } from '../../src/config/config.js';
import { nearMiss } from '../../src/config/near-miss.js';
import { SETTINGS } from '../../src/config/settings.js';

const URL_WITH_PASSWORD = 'mysql://allotment:s3cret@db.internal:3306/allotment';

function faultsOf(environment: Record<string, string>): ConfigError {
  try {
    readConfig(environment);
  } catch (error) {
    if (error instanceof ConfigError) return error;
    throw error;
  }
  throw new Error('no fault was found');
}

describe('readConfig', () => {
  it('needs nothing', () => {
    expect(readConfig({})).toEqual({
      port: 8080,
      host: '127.0.0.1',
      opsPort: undefined,
      databaseUrl: undefined,
      databasePoolMax: 10,
      databaseWaitSeconds: 30,
      migrateOnStart: true,
      demoData: true,
      dataDir: '.data',
      mysqld: undefined,
      rateLimit: true,
      authFailuresPerMinuteMax: 30,
      redisUrl: undefined,
      trustProxy: false,
      reservationApi: 'on',
      reservationApiSuccessor: '/api/ticket-reservation',
      reservationApiSunset: '2027-06-30',
      holdTtlSeconds: 86_400,
      expiryIntervalSeconds: 30,
      expiryBatchMax: 300,
      releaseIntervalSeconds: 30,
      reconcileIntervalSeconds: 3_600,
      batchMax: 256,
      queueDepthMax: 2_000,
      queuePartnerSharePercent: 50,
      queueWaitMaxMs: 5_000,
      bodyMaxBytes: 65_536,
      shutdownMaxSeconds: 25,
      logLevel: 'info',
      logPretty: false,
    } satisfies Config);
  });

  it('gives a config that nobody can change', () => {
    expect(Object.isFrozen(readConfig({}))).toBe(true);
  });

  it.each<[keyof typeof SETTINGS, string, keyof Config, unknown]>([
    ['PORT', '0', 'port', 0],
    ['PORT', '65535', 'port', 65_535],
    ['HOST', ' 0.0.0.0 ', 'host', '0.0.0.0'],
    ['OPS_PORT', '9464', 'opsPort', 9464],
    ['DATABASE_URL', URL_WITH_PASSWORD, 'databaseUrl', URL_WITH_PASSWORD],
    ['MIGRATE_ON_START', 'false', 'migrateOnStart', false],
    ['DEMO_DATA', 'false', 'demoData', false],
    ['MYSQLD', '/usr/sbin/mysqld', 'mysqld', '/usr/sbin/mysqld'],
    ['HOLD_TTL_SECONDS', '1', 'holdTtlSeconds', 1],
    ['LOG_LEVEL', 'silent', 'logLevel', 'silent'],
    ['RATE_LIMIT', 'off', 'rateLimit', false],
    ['REDIS_URL', 'rediss://:secret@redis:6379', 'redisUrl', 'rediss://:secret@redis:6379'],
    ['RESERVATION_API', 'gone', 'reservationApi', 'gone'],
  ])('takes %s=%s', (name, text, member, value) => {
    expect(readConfig({ [name]: text })[member]).toBe(value);
  });

  it.each<[Record<string, string>, boolean]>([
    [{ DATABASE_URL: URL_WITH_PASSWORD }, false],
    [{ DATABASE_URL: URL_WITH_PASSWORD, DEMO_DATA: 'true' }, true],
    [{ DEMO_DATA: 'false' }, false],
    [{}, true],
  ])("puts no demo data in an operator's database unless asked: %j", (environment, demoData) => {
    expect(readConfig(environment).demoData).toBe(demoData);
  });

  it.each([
    ['auto', true, true],
    ['auto', false, false],
    ['pretty', false, true],
    ['json', true, false],
  ])('with LOG_FORMAT=%s and a terminal: %s, is pretty: %s', (LOG_FORMAT, terminal, pretty) => {
    expect(readConfig({ LOG_FORMAT }, terminal).logPretty).toBe(pretty);
  });

  it.each([
    ['PORT', '65536'],
    ['PORT', '-1'],
    ['PORT', '80.5'],
    ['PORT', '0x50'],
    ['PORT', '1e3'],
    ['PORT', ''],
    ['HOST', '  '],
    ['DATABASE_POOL_MAX', '1'],
    ['BATCH_MAX', '0'],
    ['QUEUE_WAIT_MAX_MS', '99'],
    ['QUEUE_PARTNER_SHARE_PERCENT', '101'],
    ['MIGRATE_ON_START', 'perhaps'],
    ['LOG_LEVEL', 'INFO'],
    ['LOG_FORMAT', 'text'],
    ['DATABASE_URL', 'postgres://allotment@db.internal/allotment'],
    ['DATABASE_URL', 'mysql://allotment@db.internal:3306'],
    ['DATABASE_URL', 'mysql://allotment@db.internal/a/b'],
    ['DATABASE_URL', 'db.internal'],
  ])('refuses %s=%j, naming it', (name, text) => {
    const { faults, message } = faultsOf({ [name]: text });
    expect(faults).toEqual([expect.stringContaining(`${name}: `)]);
    expect(message).toMatch(/^A setting is wrong:\n {2}.+\nREADME\.md lists all settings\.$/);
  });

  it('refuses one port for two servers', () => {
    expect(faultsOf({ OPS_PORT: '8080' }).faults).toEqual(['OPS_PORT: 8080 is PORT; choose another']);
    expect(readConfig({ PORT: '0', OPS_PORT: '0' }).opsPort).toBe(0);
  });

  it('names every fault in one message', () => {
    const { message, faults } = faultsOf({ PORT: 'http', BATCH_MAX: '0', LOG_LEVEL: 'loud', DATABSE_URL: 'x' });
    expect(faults).toHaveLength(4);
    expect(message).toContain('4 settings are wrong:');
    for (const name of ['PORT', 'BATCH_MAX', 'LOG_LEVEL', 'DATABSE_URL']) expect(message).toContain(`  ${name}: `);
  });

  it.each([
    ['DATABASE_URL', 'mysql://allotment:s3cret@db.internal:3306'],
    ['DATABASE_URL', 'postgres://allotment:s3cret@db.internal/allotment'],
    ['DATABASE_URL', 's3cret'],
    ['DATABSE_URL', URL_WITH_PASSWORD],
    ['DATABASEURL', URL_WITH_PASSWORD],
  ])('never repeats the password of a wrong %s=%s', (name, text) => {
    const { message, faults } = faultsOf({ [name]: text });
    expect([message, ...faults].join('\n')).not.toContain('s3cret');
  });
});

describe('a variable that nearly spells a setting', () => {
  it.each([
    ['DATABSE_URL', 'DATABASE_URL'],
    ['DATABASEURL', 'DATABASE_URL'],
    ['DATABASE_URI', 'DATABASE_URL'],
    ['database_url', 'DATABASE_URL'],
    ['LOG_LEVL', 'LOG_LEVEL'],
    ['LOGLEVEL', 'LOG_LEVEL'],
    ['PORTT', 'PORT'],
    ['PRT', 'PORT'],
    ['QUEUE_WAIT_MAXMS', 'QUEUE_WAIT_MAX_MS'],
    ['HOLD_TTL_SECOND', 'HOLD_TTL_SECONDS'],
  ])('is told: %s is no setting, %s is', (name, meant) => {
    expect(faultsOf({ [name]: 'x' }).faults).toEqual([
      `${name}: there is no such setting; did you mean ${meant}? Unset it if it is not meant for this service`,
    ]);
  });

  it.each(Object.keys(SETTINGS))('is not a setting itself: %s', (name) => {
    expect(nearMiss(name, Object.keys(SETTINGS))).toBeUndefined();
  });
});

describe('the environment of a machine, a pipeline, a cluster', () => {
  const others = [
    ...['HOME', 'HOSTNAME', 'HOSTTYPE', 'PATH', 'PWD', 'OLDPWD', 'USER', 'SHELL', 'SHLVL', 'TERM', 'LANG', 'TZ', '_'],
    ...[
      'POST',
      'SORT',
      'REPORT',
      'HOSTIP',
      'host',
      'port',
      'http_proxy',
      'HTTPS_PROXY',
      'NO_PROXY',
      'NODE_ENV',
      'NODE_OPTIONS',
      'DEBUG',
    ],
    ...['CI', 'GITHUB_ACTIONS', 'GITHUB_TOKEN', 'RUNNER_OS', 'GITLAB_CI', 'CI_JOB_ID', 'BUILD_NUMBER', 'JENKINS_URL'],
    ...['npm_config_loglevel', 'npm_config_user_agent', 'npm_lifecycle_event', 'npm_package_name', 'INIT_CWD'],
    ...['KUBERNETES_PORT', 'KUBERNETES_SERVICE_HOST', 'KUBERNETES_PORT_443_TCP_ADDR', 'SERVICE_HOST', 'SERVICE_PORT'],
    ...['ALLOTMENT_PORT', 'ALLOTMENT_SERVICE_HOST', 'POD_IP', 'POD_NAME', 'NODE_NAME', 'REDIS_PORT', 'DB_HOST'],
    ...['MYSQL_PORT', 'MYSQL_SERVICE_HOST', 'MYSQL_HOST', 'MYSQL_HOME', 'MYSQL_PWD', 'MYSQL_DATABASE', 'MYSQL_USER'],
    ...['POSTGRES_URL', 'REDIS_URL', 'DATABASE_HOST', 'DATABASE_NAME', 'DATABASE_PASSWORD', 'JEST_WORKER_ID'],
  ];

  it.each(others)('holds %s, which is not ours', (name) => {
    expect(nearMiss(name, Object.keys(SETTINGS))).toBeUndefined();
  });

  it('is this one', () => {
    const told = Object.keys(process.env).filter((name) => nearMiss(name, Object.keys(SETTINGS)) !== undefined);
    expect(told).toEqual([]);
  });
});
