import { Misuse } from '../vocabulary/index.ts';

export const SHORTEST_PASSWORD = 12;
export const LONGEST_PASSWORD = 200;
/** Fewer is a pattern, however long. */
const FEWEST_DIFFERENT = 6;

/**
 * What a password must be: long, of different characters, and not what everybody knows of its owner. No rule about digits or
 * signs: they make passwords worse (NIST SP 800-63B).
 *
 * @param known of its owner: name, e-mail address.
 * @throws Misuse `bad-request`.
 */
export function checkPassword(password: string, known: readonly string[]): void {
  const refuse = (why: string) => {
    throw new Misuse('bad-request', `this is no password: ${why}`, {
      fix: 'take a few words that only you put together',
    });
  };
  if (password.length < SHORTEST_PASSWORD) refuse(`it has fewer than ${SHORTEST_PASSWORD} characters`);
  if (password.length > LONGEST_PASSWORD) refuse(`it has more than ${LONGEST_PASSWORD} characters`);
  if (new Set(password).size < FEWEST_DIFFERENT) refuse(`it has fewer than ${FEWEST_DIFFERENT} different characters`);
  const lower = password.toLowerCase();
  const words = known.flatMap((text) => text.toLowerCase().split(/[^\p{L}\p{N}]+/u)).filter((word) => word.length > 3);
  if (words.some((word) => lower.includes(word))) refuse('it holds your name or address');
}
