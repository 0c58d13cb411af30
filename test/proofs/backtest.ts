import { readFileSync } from 'node:fs';
import { checkInvariants, reopenUnder } from '../../src/govern/index.ts';
import { loadLaw, parseLaw, type Law } from '../../src/govern/law.ts';
import { SHIPPED_POLICIES } from '../../src/govern/policy-set.ts';
import { openBacktest, type Backtest } from '../../src/rehearse/index.ts';
import { drawEdit, NO_GRANTS, relive, SHIPPED, type Edit, type Expected } from './backtest-oracle.ts';
import { atWork, type Item } from './backtest-world.ts';
import type { Proof } from './proof.ts';
import { randomFrom } from './random.ts';

/** What the record may take to be judged again under any edit, of the CPU: others may share the machine. It uses one core. */
const MOST_SECONDS = 60;
/** What a million abstract requests may take. */
const MOST_TRYING_SECONDS = 120;

/** P10. */
export const proof: Proof = {
  name: 'backtest',
  shows:
    'recorded decisions, with budgets and run trees, are judged again under edited policies with exactly the flips that an evaluator without Cedar computes; under the policies in force there are none, and what cannot be judged again is named; twelve invariants of the law hold on a million abstract requests',
  async run({ size, seed, log }) {
    const [decisions, edits, tries] = size === 'full' ? [100_000, 50, 1_000_000] : [3_000, 16, 20_000];
    const random = randomFrom(seed);
    const base = loadLaw(SHIPPED_POLICIES, 'active');
    const record = atWork(base, decisions, random);
    const judged = record.filter((item) => item.kind === 'judged');
    const cases = new Set(judged.map(({ decision }) => decision.case)).size;
    const exhausted = judged.filter(({ facts }) => (facts?.situation.exhausted.length ?? 0) > 0).length;
    log(`${decisions} decisions on record, ${cases} cases, ${exhausted} with a budget that had no room`);

    const self = replay(base, loadLaw(SHIPPED_POLICIES, 'candidate'), record);
    const planted = judged.filter(({ spoiled }) => spoiled).length;
    // A comparison that finds nothing must be able to find something.
    const control = compare(relive(record, NO_GRANTS.rules(SHIPPED), SHIPPED), self.result);
    log(`self-replay: ${self.seconds.toFixed(1)} s, ${self.result.flipped} flips, ${moots(self.result)} moot`);

    const text = readFileSync(`${SHIPPED_POLICIES}reeve.cedar`, 'utf8');
    const rulesText = readFileSync(`${SHIPPED_POLICIES}rules.json`, 'utf8');
    const tally = { wrong: 0, flips: 0, moot: 0, idle: 0, slowest: self.seconds, cpu: self.cpu, unnamed: 0 };
    for (let n = 0; n < edits; n++) {
      const edit: Edit = n === edits - 1 ? NO_GRANTS : drawEdit(n, random);
      const draft = parseLaw(edit.text(text), base.schemaText, 'candidate', rulesText);
      const { result, seconds, cpu } = replay(base, draft, record);
      const expected = relive(record, edit.rules(SHIPPED), SHIPPED);
      const wrong = compare(expected, result);
      tally.wrong += wrong;
      tally.flips += expected.flips.size;
      tally.moot += moots(result);
      if (expected.flips.size === 0) tally.idle += 1;
      if (sum(result.unreplayable) !== expected.unreplayable) tally.unnamed += 1;
      tally.slowest = Math.max(tally.slowest, seconds);
      tally.cpu = Math.max(tally.cpu, cpu);
      log(
        `${edit.name}: ${expected.flips.size} flips, ${moots(result)} moot, ${wrong} wrong, ${seconds.toFixed(1)} s (${cpu.toFixed(1)} s of CPU)`,
      );
    }
    const began = performance.now();
    const held = checkInvariants(loadLaw(SHIPPED_POLICIES, 'candidate'), { tries, seed });
    const tryingSeconds = (performance.now() - began) / 1_000;
    log(`${held.invariants.length} invariants on ${tries} requests: ${tryingSeconds.toFixed(1)} s`);
    const weaker = text.replace('context.amountMinor > 1000000 }', 'context.amountMinor > 1000001 }');
    const weakened = parseLaw(weaker, base.schemaText, 'candidate', rulesText);
    const caught = checkInvariants(weakened, { tries: 20_000, seed }).violations.map(({ invariant }) => invariant);

    const figures = {
      decisions,
      cases,
      exhausted,
      self_flips: self.result.flipped + self.result.otherReasons + moots(self.result),
      self_seconds: Number(self.seconds.toFixed(2)),
      edits,
      edits_without_flips: tally.idle,
      flips: tally.flips,
      moot: tally.moot,
      wrong: tally.wrong,
      control_caught: control > 0,
      slowest_seconds: Number(tally.slowest.toFixed(2)),
      slowest_cpu_seconds: Number(tally.cpu.toFixed(2)),
      unreplayable_planted: planted,
      unreplayable_named: sum(self.result.unreplayable),
      edits_that_lost_some: tally.unnamed,
      invariants: held.invariants.length,
      invariants_tried: held.tried,
      invariants_violated: held.violations.length,
      invariants_without_request: held.invariants.filter(({ applied }) => applied === 0).length,
      invariants_seconds: Number(tryingSeconds.toFixed(2)),
      weakened_by_a_cent_caught: caught.join() === 'two-people-over-10000',
    };
    const pass =
      figures.self_flips === 0 &&
      figures.wrong === 0 &&
      figures.flips > 0 &&
      figures.moot > 0 &&
      figures.exhausted > 0 &&
      figures.control_caught &&
      // An edit without a flip shows little; a few are drawn.
      figures.edits_without_flips <= edits / 4 &&
      figures.slowest_cpu_seconds < MOST_SECONDS &&
      planted > 0 &&
      figures.unreplayable_named === planted &&
      figures.edits_that_lost_some === 0 &&
      figures.invariants === 12 &&
      figures.invariants_violated === 0 &&
      figures.invariants_without_request === 0 &&
      figures.invariants_seconds < MOST_TRYING_SECONDS &&
      figures.weakened_by_a_cent_caught;
    return { pass, figures };
  },
};

function replay(base: Law, draft: Law, record: readonly Item[]): { result: Backtest; seconds: number; cpu: number } {
  const began = performance.now();
  const cpu = process.cpuUsage();
  const test = openBacktest(base.digest, { digest: draft.digest, open: reopenUnder(draft) });
  for (const item of record) {
    if (item.kind === 'settled') {
      test.settle(item.settled);
      continue;
    }
    const { decision, caseText } = item;
    const named = typeof decision.case === 'string' && caseText !== null;
    test.add(decision, named ? new Map([[decision.case as string, caseText]]) : NONE);
  }
  const result = test.result();
  const { user, system } = process.cpuUsage(cpu);
  return { result, seconds: (performance.now() - began) / 1_000, cpu: (user + system) / 1e6 };
}
const NONE: ReadonlyMap<string, string> = new Map();

/** How many differences there are between what was expected and what came out. */
function compare({ flips: expected, moot }: Expected, result: Backtest): number {
  const { flips, newlyAllowed, flipped } = result;
  const got = new Map(flips.map(({ seq, from, to, weaker }) => [seq, `${from} ${to} ${weaker}`]));
  let wrong = got.size === flipped && flips.filter(({ weaker }) => weaker).length === newlyAllowed ? 0 : 1;
  for (const [seq, flip] of expected) if (got.get(seq) !== flip) wrong += 1;
  for (const seq of got.keys()) if (!expected.has(seq)) wrong += 1;
  const counts = result.moot.map(({ decisions }) => decisions).sort((a, b) => a - b);
  const due = Object.values(moot)
    .filter((count) => count > 0)
    .sort((a, b) => a - b);
  return wrong + (counts.join() === due.join() ? 0 : 1);
}

function moots({ moot }: Backtest): number {
  return sum(moot);
}

function sum(counted: readonly { readonly decisions: number }[]): number {
  return counted.reduce((all, { decisions }) => all + decisions, 0);
}
