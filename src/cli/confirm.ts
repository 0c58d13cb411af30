import { createInterface } from 'node:readline/promises';
import { Misuse } from '../vocabulary/index.ts';
import type { Session } from './session.ts';

/**
 * Whether somebody at a terminal says yes. Where nobody can be asked, `--yes` says it.
 *
 * @throws Misuse `bad-request` when there is no terminal and no `--yes`.
 */
export async function confirmed(session: Session, question: string, yes: boolean): Promise<boolean> {
  if (yes) return true;
  const { stdin, stderr } = session.streams;
  if ((stdin as { isTTY?: boolean }).isTTY !== true || session.json) {
    throw new Misuse('bad-request', 'nobody is here to be asked', { fix: 'say `--yes` when you have looked at it' });
  }
  const asking = createInterface({ input: stdin, output: stderr });
  try {
    return /^y(es)?$/i.test((await asking.question(`${question} [y/N] `)).trim());
  } finally {
    asking.close();
  }
}
