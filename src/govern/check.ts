import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { messageOf, Misuse, type Verdict } from '../vocabulary/index.ts';
import { applyLaw } from './apply-law.ts';
import type { Case } from './case.ts';
import { loadLaw, SHIPPED_POLICIES, type LawSlot } from './law.ts';
import { ORDINARY } from './ordinary-case.ts';

/** What `reeve policy check` found. */
export interface PolicyReport {
  readonly digest: string;
  readonly policies: number;
  readonly tests: readonly {
    readonly name: string;
    readonly pass: boolean;
    readonly expected: string;
    readonly got: string;
  }[];
  /** Policies that no test names: nobody has shown yet that they do anything. */
  readonly untested: readonly string[];
  readonly pass: boolean;
}

const PolicyTest = z.strictObject({
  name: z.string(),
  agent: z.record(z.string(), z.unknown()).default({}),
  tool: z.record(z.string(), z.unknown()).default({}),
  situation: z.record(z.string(), z.unknown()).default({}),
  /** `permitted`, `refused by POLICY` (or `refused as CODE`), `needs approval by POLICY[ and POLICY]`. */
  expect: z.string().regex(/^(permitted|refused (by|as) \S+|needs approval by \S+( and \S+)*)$/),
});

/**
 * Validates a folder of policies and runs the tests beside them (`tests/*.json`), each the ordinary case with some things
 * changed and the verdict expected of it.
 *
 * @throws what `loadLaw` throws; Misuse `bad-policy` for a test file that is malformed or names what does not exist.
 */
export function checkPolicies(folder: string = SHIPPED_POLICIES, slot: LawSlot = 'candidate'): PolicyReport {
  const law = loadLaw(folder, slot);
  const named = new Set<string>();
  const tests = readTests(join(folder, 'tests')).map((test) => {
    const got = applyLaw(vary(test), law);
    for (const id of law.policies.keys()) if (test.expect.split(' ').includes(id)) named.add(id);
    if (got.kind === 'permitted') for (const id of got.policies) named.add(id);
    const shown = show(got);
    return { name: test.name, pass: matches(test.expect, got), expected: test.expect, got: shown };
  });
  return {
    digest: law.digest,
    policies: law.policies.size,
    tests,
    untested: [...law.policies.keys()].filter((id) => !named.has(id)),
    pass: tests.every(({ pass }) => pass),
  };
}

type Test = z.infer<typeof PolicyTest>;

function readTests(folder: string): readonly Test[] {
  let names: string[];
  try {
    names = readdirSync(folder).filter((name) => name.endsWith('.json'));
  } catch {
    return [];
  }
  return names.sort().flatMap((name) => {
    try {
      return z.array(PolicyTest).parse(JSON.parse(readFileSync(join(folder, name), 'utf8')));
    } catch (cause) {
      const why = cause instanceof z.ZodError ? z.prettifyError(cause) : messageOf(cause);
      throw new Misuse('bad-policy', `test file \`${name}\`: ${why}`, { cause });
    }
  });
}

function vary(test: Test): Case {
  const merge = <T extends object>(ordinary: T, changed: Record<string, unknown>, what: string): T => {
    const stray = Object.keys(changed).find((key) => !(key in ordinary));
    if (stray !== undefined) throw new Misuse('bad-policy', `test \`${test.name}\`: ${what} has no \`${stray}\``);
    return { ...ordinary, ...changed };
  };
  return {
    agent: merge(ORDINARY.agent, test.agent, 'an agent'),
    tool: merge(ORDINARY.tool, test.tool, 'a tool'),
    situation: merge(ORDINARY.situation, test.situation, 'a situation'),
  };
}

function matches(expected: string, got: Verdict): boolean {
  const by = expected.split(' ').slice(2);
  switch (got.kind) {
    case 'permitted':
      return expected === 'permitted';
    case 'refused':
      return expected.startsWith('refused as ')
        ? by[0] === got.code
        : expected.startsWith('refused by ') && got.policies.includes(by[0] ?? '');
    case 'needs-approval': {
      const ids = expected.replace(/^needs approval by /, '').split(' and ');
      return expected.startsWith('needs approval by ') && ids.sort().join() === [...got.policies].sort().join();
    }
  }
}

function show(verdict: Verdict): string {
  switch (verdict.kind) {
    case 'permitted':
      return 'permitted';
    case 'refused':
      return verdict.policies.length > 0
        ? `refused by ${verdict.policies.join(' and ')}`
        : `refused as ${verdict.code}`;
    case 'needs-approval':
      return `needs approval by ${verdict.policies.join(' and ')}`;
  }
}
