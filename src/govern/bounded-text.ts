import { Misuse } from '../vocabulary/index.ts';

/**
 * Cedar's module follows nesting and chains by recursion on a small stack, without a limit of its own: 200 brackets within each
 * other, or 400 `||` in a row, and it traps ("memory access out of bounds") and answers nothing more until the process is
 * started again (measured with 4.13.0; 100 and 200 are taken). So nobody gets to show it such a text.
 */
const MOST_NESTED = 40;
const MOST_OPERATORS = 100;

/** Strings and comments, where nothing counts; then what counts. */
const TOKENS = /"(?:[^"\\]|\\.)*"?|\/\/[^\n]*|[()[\]{}<>;]|\|\||&&|[-+*!.]|[=]=|\b(?:if|in|has|like|is)\b/g;

/**
 * Refuses policies or a schema that Cedar's module might not survive. Call it before any text from outside reaches Cedar.
 *
 * @throws Misuse `bad-policy`.
 */
export function refuseUnbounded(text: string, what: 'policies' | 'schema'): void {
  let nested = 0;
  let operators = 0;
  for (const [token] of text.matchAll(TOKENS)) {
    if (token.startsWith('"') || token.startsWith('//')) continue;
    const isBracket = what === 'schema' ? '([{<' : '([{';
    if (isBracket.includes(token)) nested += 1;
    else if ((what === 'schema' ? ')]}>' : ')]}').includes(token)) nested = Math.max(0, nested - 1);
    else if (token === ';') operators = 0;
    else operators += 1;
    if (nested > MOST_NESTED) throw tooMuch(what, `brackets are nested deeper than ${MOST_NESTED}`);
    if (what === 'policies' && operators > MOST_OPERATORS) {
      throw tooMuch(what, `a policy has more than ${MOST_OPERATORS} operators`);
    }
  }
}

function tooMuch(what: string, why: string): Misuse {
  return new Misuse('bad-policy', `${what}: ${why}`, {
    fix: 'write it as several policies, or as a set with `contains`',
  });
}
