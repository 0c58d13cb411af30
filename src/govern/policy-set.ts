import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { GiveUp, messageOf, Misuse } from '../vocabulary/index.ts';

/** A whole set of policies as text: what has versions, and what somebody reads who wants to know the law. */
export interface PolicySources {
  /** All `*.cedar`, joined. */
  readonly policies: string;
  /** The one `*.cedarschema`. */
  readonly schema: string;
  /** `rules.json`: how people answer for policies that ask. Empty when there is none. */
  readonly rules: string;
  /** The tests of all `tests/*.json`: a JSON array. */
  readonly tests: string;
}

/** The policies that ship with Reeve. */
export const SHIPPED_POLICIES = new URL('./policies/', import.meta.url).pathname;

/**
 * Reads a folder of policies; nothing is parsed but the tests, which are joined.
 *
 * @throws GiveUp `no-policies` when there are none. Misuse `bad-policy` when there is not exactly one schema, or a test file is no
 * JSON array.
 */
export function readPolicySet(folder: string = SHIPPED_POLICIES): PolicySources {
  const names = namesIn(folder);
  if (names === null) throw new GiveUp('no-policies', `cannot read policies from \`${folder}\``);
  const read = (ending: string) =>
    names.filter((name) => name.endsWith(ending)).map((name) => readFileSync(join(folder, name), 'utf8'));
  const policies = read('.cedar').join('\n');
  if (policies.trim() === '') {
    throw new GiveUp('no-policies', `there are no policies in \`${folder}\`, so nothing could be permitted`, {
      fix: 'put at least one .cedar file there',
    });
  }
  const schemas = read('.cedarschema');
  const [schema] = schemas;
  if (schema === undefined || schemas.length > 1) {
    throw new Misuse('bad-policy', `\`${folder}\` needs exactly one .cedarschema file, it has ${schemas.length}`);
  }
  const rules = names.includes('rules.json') ? readFileSync(join(folder, 'rules.json'), 'utf8') : '';
  return { policies, schema, rules, tests: readTests(join(folder, 'tests')) };
}

/** The `.cedar` files of a folder by name; for what is said of each by itself. */
export function readPolicyFiles(folder: string): ReadonlyMap<string, string> {
  const names = (namesIn(folder) ?? []).filter((name) => name.endsWith('.cedar'));
  return new Map(names.map((name) => [name, readFileSync(join(folder, name), 'utf8')]));
}

function readTests(folder: string): string {
  const tests = (namesIn(folder) ?? [])
    .filter((name) => name.endsWith('.json'))
    .flatMap((name): readonly unknown[] => {
      try {
        const array: unknown = JSON.parse(readFileSync(join(folder, name), 'utf8'));
        if (Array.isArray(array)) return array;
      } catch (cause) {
        throw new Misuse('bad-policy', `test file \`${name}\`: ${messageOf(cause)}`, { cause });
      }
      throw new Misuse('bad-policy', `test file \`${name}\`: it is no array of tests`);
    });
  return JSON.stringify(tests);
}

/** Sorted; null when the folder cannot be read. */
function namesIn(folder: string): readonly string[] | null {
  try {
    return readdirSync(folder).sort();
  } catch {
    return null;
  }
}
