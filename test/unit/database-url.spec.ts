import { ConfigError, readConfig } from '../../src/config/config.js';
import { hostsOf, serverUrls, withoutDatabase } from '../../src/config/database-url.js';
import { databaseName } from '../../src/database/typeorm.js';

const THREE = 'mysql://allotment:s3cret@db-1:3306,db-2,[::1]:3308/allotment';

function faultOf(url: string): string {
  try {
    readConfig({ DATABASE_URL: url });
  } catch (error) {
    if (error instanceof ConfigError) return error.message;
  }
  throw new Error('it was taken');
}

describe('a DATABASE_URL with several hosts', () => {
  it('is taken, and is one URL for each server', () => {
    expect(readConfig({ DATABASE_URL: THREE }).databaseUrl).toBe(THREE);
    expect(serverUrls(THREE)).toEqual([
      'mysql://allotment:s3cret@db-1:3306/allotment',
      'mysql://allotment:s3cret@db-2/allotment',
      'mysql://allotment:s3cret@[::1]:3308/allotment',
    ]);
    expect(databaseName(THREE)).toBe('allotment');
    expect(withoutDatabase(THREE)).toBe('mysql://allotment:s3cret@db-1:3306,db-2,[::1]:3308/');
    expect(hostsOf(THREE)).toBe('db-1:3306, db-2, [::1]:3308');
  });

  it('keeps its options, at each server', () => {
    expect(serverUrls('mysql://u:p@a,b/d?x=1,2')).toEqual(['mysql://u:p@a/d?x=1,2', 'mysql://u:p@b/d?x=1,2']);
    expect(withoutDatabase('mysql://u:p@a,b/d?x=1')).toBe('mysql://u:p@a,b/?x=1');
  });

  it.each([
    ['mysql://u:s3cret@a:3306,/d', /a comma without a host beside it/],
    ['mysql://u:s3cret@,a/d', /a comma without a host beside it/],
    ['mysql://u:s3cret@a,b,a:3306/d', /names a:3306 twice/],
    ['mysql://u:s3cret@a,b', /names no database/],
    ['mysql://u:s3cret@a:99999,b/d', /is not of the form/],
    ['postgres://u:s3cret@a,b/d', /is not of the form/],
    [`mysql://u:s3cret@${Array.from({ length: 10 }, (_, n) => `h${n}`).join(',')}/d`, /names 10 hosts.*at most 9/],
  ])('is refused as %s, without its password', (url, said) => {
    const message = faultOf(url);
    expect(message).toMatch(said);
    expect(message).toContain('DATABASE_URL: ');
    expect(message).not.toContain('s3cret');
  });
});

describe('a DATABASE_URL with one host', () => {
  it.each([
    'mysql://allotment:s3cret@db:3306/allotment',
    'mysql://allotment:pa,ss@db/allotment',
    'mysql://allotment:p@ss,word@db/allotment',
    'mysql://allotment@[::1]:3306/allotment?ssl={"ca":"x,y"}',
  ])('is left as it is: %s', (url) => {
    expect(serverUrls(url)).toEqual([url]);
  });
});
