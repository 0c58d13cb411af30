import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { digest, Misuse, type DecisionTemplate, type DecisionTest } from '../vocabulary/index.ts';
import { schemaOf } from './tool.ts';

/** What a user writes of a decision template. */
export interface DecisionOptions<I, O> {
  readonly description: string;
  /** The JDM file; `new URL('./name.jdm.json', import.meta.url)`. */
  readonly table: URL;
  readonly input: z.ZodType<I>;
  readonly output: z.ZodType<O>;
  /** A JSON file of `[{ name, input, expect }]`, tried before the template is used. */
  readonly tests: URL;
}

const Tests = z.array(z.strictObject({ name: z.string(), input: z.json(), expect: z.json() })).min(1);

/**
 * A decision template: a decision table in a file, what goes in, what comes out, and its tests. Its version is the digest of
 * all four.
 *
 * @throws Misuse `bad-decision-template` when a file cannot be read or is not JSON of the right shape.
 */
export function decision<I, O>(name: string, options: DecisionOptions<I, O>): DecisionTemplate<I, O> {
  const jdm = read(name, options.table);
  const parsed = Tests.safeParse(json(name, read(name, options.tests)));
  if (!parsed.success) {
    throw new Misuse('bad-decision-template', `tests of \`${name}\`: ${z.prettifyError(parsed.error)}`);
  }
  const tests = parsed.data as readonly DecisionTest[];
  const version = digest({
    name,
    table: json(name, jdm),
    input: schemaOf(options.input),
    output: schemaOf(options.output),
    tests,
  });
  return { name, description: options.description, jdm, input: options.input, output: options.output, tests, version };
}

function read(name: string, file: URL): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (cause) {
    throw new Misuse('bad-decision-template', `\`${name}\`: cannot read \`${file.pathname}\``, { cause });
  }
}

function json(name: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new Misuse('bad-decision-template', `\`${name}\`: not JSON: ${String(cause)}`);
  }
}
