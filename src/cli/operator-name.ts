import { userInfo } from 'node:os';

/** With `cli:` in front it fits the columns that keep an actor. */
const NAME_MAX = 60;

/** Who works at this machine, as ledger and log name them: `cli:anna`. */
export const commandLineActor = (): string => actorOf(userName());

export function actorOf(userName: string): string {
  const name = userName
    .toLowerCase()
    .replaceAll(/[^a-z0-9._-]+/g, '-')
    .slice(0, NAME_MAX);
  return `cli:${name === '' || name === '-' ? 'unknown' : name}`;
}

/** A container's user may have a number only. */
function userName(): string {
  try {
    return userInfo().username;
  } catch {
    return `uid-${String(process.getuid?.() ?? 'unknown')}`;
  }
}
