import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { formatPolicies } from '@cedar-policy/cedar-wasm/nodejs';
import { z } from 'zod';
import { messageOf, Misuse, type Verdict } from '../vocabulary/index.ts';
import { applyLaw } from './apply-law.ts';
import { refuseUnbounded } from './bounded-text.ts';
import type { Case } from './case.ts';
import { parseLaw, type Law, type LawSlot } from './law.ts';
import { ORDINARY } from './ordinary-case.ts';
import { readPolicyFiles, readPolicySet, SHIPPED_POLICIES, type PolicySources } from './policy-set.ts';

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
  /** Files that are not written as Cedar's formatter writes them; empty for what is not in files. */
  readonly unformatted: readonly string[];
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
 * Validates a folder of policies with its approval rules, looks at how it is formatted, and runs the tests beside it
 * (`tests/*.json`), each the ordinary case with some things changed and the verdict expected of it.
 *
 * @throws what `loadLaw` throws; Misuse `bad-policy` for a test file that is malformed or names what does not exist.
 */
export function checkPolicies(folder: string = SHIPPED_POLICIES, slot: LawSlot = 'candidate'): PolicyReport {
  const report = checkSources(readPolicySet(folder), slot);
  const unformatted = [...readPolicyFiles(folder)].flatMap(([name, text]) => (text === formatted(text) ? [] : [name]));
  return { ...report, unformatted, pass: report.pass && unformatted.length === 0 };
}

/** As {@link checkPolicies}, for a set that is text already. */
export function checkSources(sources: PolicySources, slot: LawSlot = 'candidate'): PolicyReport {
  const law = parseLaw(sources.policies, sources.schema, slot, sources.rules);
  return { digest: law.digest, unformatted: [], ...runTests(sources.tests, law) };
}

/** Writes the `.cedar` files of a folder as Cedar's formatter writes them. Throws as {@link formatted}. */
export function formatFolder(folder: string): void {
  for (const [name, text] of readPolicyFiles(folder)) {
    const better = formatted(text);
    if (better !== text) writeFileSync(join(folder, name), better);
  }
}

/** The text as Cedar's formatter writes it. Throws Misuse `bad-policy` when it cannot be parsed. */
export function formatted(policyText: string): string {
  refuseUnbounded(policyText, 'policies');
  const answer = formatPolicies({ policyText, lineWidth: 120, indentWidth: 2 });
  if (answer.type === 'success') return `${answer.formatted_policy.trimEnd()}\n`;
  throw new Misuse('bad-policy', answer.errors.map(({ message }) => message).join('; '));
}

function runTests(testsText: string, law: Law): Pick<PolicyReport, 'policies' | 'tests' | 'untested' | 'pass'> {
  const named = new Set<string>();
  const tests = readTests(testsText).map((test) => {
    const got = applyLaw(vary(test), law);
    for (const id of law.policies.keys()) if (test.expect.split(' ').includes(id)) named.add(id);
    if (got.kind === 'permitted') for (const id of got.policies) named.add(id);
    return { name: test.name, pass: matches(test.expect, got), expected: test.expect, got: show(got) };
  });
  return {
    policies: law.policies.size,
    tests,
    untested: [...law.policies.keys()].filter((id) => !named.has(id)),
    pass: tests.every(({ pass }) => pass),
  };
}

type Test = z.infer<typeof PolicyTest>;

function readTests(text: string): readonly Test[] {
  if (text === '') return [];
  try {
    return z.array(PolicyTest).max(5_000).parse(JSON.parse(text));
  } catch (cause) {
    const why = cause instanceof z.ZodError ? z.prettifyError(cause) : messageOf(cause);
    throw new Misuse('bad-policy', `tests: ${why}`, { cause });
  }
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
