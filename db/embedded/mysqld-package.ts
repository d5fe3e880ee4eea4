import { join } from 'node:path';
import type { Kept } from './binary-cache.js';
import { unpackedProgram } from './debian-package.js';
import { EmbeddedMysqlError } from './errors.js';
import { identify, isNewEnough } from './mysql-version.js';
import type { FoundMysqld, Mysqld } from './mysqld.js';

/** What the package needs for its helper scripts only, a fifth of the download. */
const NEVER_RUN = /^(perl|libperl|libgdbm|libdb5)/;

/** MySQL's server as Debian and Ubuntu package it. */
export const MYSQLD: Kept<FoundMysqld> = {
  what: 'MySQL 8.4 or newer',
  name: 'mysql-server-core',
  fits: isNewEnough,
  needs: (dependency) => !NEVER_RUN.test(dependency),
  async open(copy) {
    const mysqld = unpackedMysqld(copy);
    const identity = await identify(mysqld);
    if (!identity.fits) throw new EmbeddedMysqlError('fetch_failed', `The mysqld in ${copy} is ${identity.what}`);
    return { ...mysqld, version: identity.version };
  },
};

function unpackedMysqld(root: string): Mysqld {
  const { command, prefix, lib } = unpackedProgram(root, join('sbin', 'mysqld'));
  return {
    command,
    prefix,
    places: [
      `--basedir=${join(root, 'usr')}`,
      `--lc-messages-dir=${join(root, 'usr', 'share', 'mysql')}`,
      `--character-sets-dir=${join(root, 'usr', 'share', 'mysql', 'charsets')}`,
      `--plugin-dir=${join(lib, 'mysql', 'plugin')}`,
    ],
    from: root,
  };
}
