import { readFileSync, statSync } from 'node:fs';
import { Misuse } from '../vocabulary/index.ts';

export interface User {
  readonly uid: number;
  readonly gid: number;
}

/**
 * PostgreSQL refuses to run as root. When we are root it runs as the owner of `folder`, where one that is not root made it,
 * else as `nobody`: no user has to be created.
 *
 * @returns `undefined` when we are not root and everything runs as ourselves.
 */
export function unprivilegedUser(folder: string): User | undefined {
  if (process.getuid?.() !== 0) return undefined;
  if (process.platform !== 'linux') {
    throw new Misuse('bad-config', 'the embedded database does not run as root on this system', {
      fix: 'start as an ordinary user, or set `REEVE_DATABASE_URL`',
    });
  }
  const owner = statSync(folder, { throwIfNoEntry: false });
  if (owner !== undefined && owner.uid !== 0) return { uid: owner.uid, gid: owner.gid };
  return nobody();
}

/** PostgreSQL looks its user up, so a number that no user has would not do. */
function nobody(): User {
  const line = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .find((entry) => entry.startsWith('nobody:'));
  const [, , uid, gid] = line?.split(':') ?? [];
  if (uid === undefined || gid === undefined || Number(uid) === 0) {
    throw new Misuse('bad-config', 'the embedded database does not run as root, and there is no user `nobody`', {
      fix: 'start as an ordinary user, or set `REEVE_DATABASE_URL`',
    });
  }
  return { uid: Number(uid), gid: Number(gid) };
}
