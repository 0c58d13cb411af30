import { deepEqual } from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { applyLaw } from '../../src/govern/apply-law.ts';
import type { Case } from '../../src/govern/case.ts';
import { reopenUnder } from '../../src/govern/index.ts';
import { loadLaw, parseLaw, type Law } from '../../src/govern/law.ts';
import { SHIPPED_POLICIES } from '../../src/govern/policy-set.ts';
import { plainCase } from '../../src/govern/remembered-judge.ts';
import { openBacktest, type Backtest, type Decision } from '../../src/rehearse/index.ts';
import {
  CONFIDENTIALITIES,
  EFFECT_CLASSES,
  INTEGRITIES,
  type Integrity,
  type Verdict,
} from '../../src/vocabulary/index.ts';
import {
  decide,
  drawEdit,
  NO_GRANTS,
  ROLES,
  SHIPPED,
  type Edit,
  type OracleLaw,
  type PlainFacts,
} from './backtest-oracle.ts';
import type { Proof } from './proof.ts';
import { randomFrom, type Random } from './random.ts';

/** What the record may take to be judged again. */
const MOST_SECONDS = 60;

/** P10, as far as there is state to replay: no shipped policy looks at budgets, rates or history yet. */
export const proof: Proof = {
  name: 'backtest',
  shows:
    'recorded decisions are judged again under edited policies with exactly the flips that an evaluator without Cedar computes; under the policies in force there are none, and what cannot be judged again is named',
  async run({ size, seed, log }) {
    const [decisions, edits] = size === 'full' ? [100_000, 50] : [3_000, 8];
    const random = randomFrom(seed);
    const base = loadLaw(SHIPPED_POLICIES, 'active');
    const record = makeRecord(base, decisions, random);
    const disagreed = record.flatMap((one) =>
      one.facts !== null && told(one.decision.verdict) !== decide(SHIPPED, one.facts) ? [one] : [],
    );
    log(`${decisions} decisions on record, ${new Set(record.map(({ decision }) => decision.case)).size} cases`);

    const self = replay(base, loadLaw(SHIPPED_POLICIES, 'candidate'), record);
    const planted = record.filter(({ spoiled }) => spoiled).length;
    // A comparison that finds nothing must be able to find something.
    const control = compare(expectedFlips(record, NO_GRANTS), self.result);
    log(`self-replay: ${self.seconds.toFixed(1)} s, ${self.result.flipped} flips`);

    const text = readFileSync(`${SHIPPED_POLICIES}reeve.cedar`, 'utf8');
    const tally = { wrong: 0, flips: 0, idle: 0, slowest: self.seconds, unnamed: 0 };
    for (let n = 0; n < edits; n++) {
      const edit = n === edits - 1 ? NO_GRANTS : drawEdit(n, random);
      const draft = parseLaw(edit.text(text), base.schemaText, 'candidate');
      const { result, seconds } = replay(base, draft, record);
      const expected = expectedFlips(record, edit);
      const wrong = compare(expected, result);
      tally.wrong += wrong;
      tally.flips += expected.size;
      if (expected.size === 0) tally.idle += 1;
      if (sum(result.unreplayable) !== planted) tally.unnamed += 1;
      tally.slowest = Math.max(tally.slowest, seconds);
      log(`${edit.name}: ${expected.size} flips, ${wrong} wrong, ${seconds.toFixed(1)} s`);
    }
    const figures = {
      decisions,
      cases: new Set(record.map(({ decision }) => decision.case)).size,
      base_disagreements: disagreed.length,
      self_flips: self.result.flipped + self.result.otherReasons,
      self_seconds: Number(self.seconds.toFixed(2)),
      edits,
      edits_without_flips: tally.idle,
      flips: tally.flips,
      flips_wrong: tally.wrong,
      control_caught: control > 0,
      slowest_seconds: Number(tally.slowest.toFixed(2)),
      unreplayable_planted: planted,
      unreplayable_named: sum(self.result.unreplayable),
      edits_that_lost_some: tally.unnamed,
    };
    const pass =
      figures.base_disagreements === 0 &&
      figures.self_flips === 0 &&
      figures.flips_wrong === 0 &&
      figures.flips > 0 &&
      figures.control_caught &&
      // An edit without a flip shows little; a few are drawn.
      figures.edits_without_flips <= edits / 4 &&
      figures.slowest_seconds < MOST_SECONDS &&
      planted > 0 &&
      figures.unreplayable_named === planted &&
      figures.edits_that_lost_some === 0;
    return { pass, figures };
  },
};

interface Recorded {
  readonly decision: Decision;
  /** What the page of the record holds for the case that the decision names. */
  readonly caseText: string | null;
  /** Null when it cannot be judged again, or was refused before any policy. */
  readonly facts: PlainFacts | null;
  /** Its case is lost, changed or was never kept. */
  readonly spoiled: boolean;
}

/** As the gate puts it on record: the case without its amount, by digest, and the amount with the decision. */
function makeRecord(law: Law, decisions: number, random: Random): readonly Recorded[] {
  const record: Recorded[] = [];
  const fleet = drawFleet(random);
  const judge = reopenUnder(law);
  while (record.length < decisions) {
    const about = drawCase(fleet, random);
    const { digest, text } = plainCase(about);
    const opened = judge(text);
    // An agent works on what came in together: some decisions differ by nothing but the amount.
    for (let left = 1 + random.below(8); left > 0 && record.length < decisions; left--) {
      const amountMinor = about.tool.movesMoney ? drawAmount(about, random) : 0;
      const facts = { ...about, situation: { ...about.situation, amountMinor } };
      const verdict = opened.judge(amountMinor);
      if (verdict.kind === 'cannot-judge') throw new Error(verdict.why);
      // What is remembered for times and amounts that are alike is now and then held against asking Cedar.
      if (random.hit(0.02)) deepEqual(verdict, applyLaw(facts, law));
      record.push(
        spoil(
          {
            decision: decisionOf(record.length, about, amountMinor, verdict, law, digest),
            caseText: text,
            facts,
            spoiled: false,
          },
          random,
        ),
      );
    }
  }
  return record;
}

function decisionOf(
  n: number,
  { agent, tool }: Case,
  amountMinor: number,
  verdict: Verdict,
  law: Law,
  about: string,
): Decision {
  return {
    seq: n * 4 + 3,
    tenant: agent.tenant,
    run: `run_${n}`,
    agent: agent.id,
    tool: tool.id,
    amountMinor,
    verdict,
    law: law.digest,
    case: about,
  };
}

/** A few of them as they must not pass for unchanged. */
function spoil(one: Recorded, random: Random): Recorded {
  if (!random.hit(0.008)) return one;
  const rest = { facts: null, spoiled: true };
  switch (random.below(4)) {
    case 0: {
      const { case: _, ...decision } = one.decision;
      return { ...rest, decision, caseText: null };
    }
    case 1:
      return { ...rest, decision: { ...one.decision, case: `sha256:${'0'.repeat(62)}01` }, caseText: null };
    case 2:
      return { ...rest, decision: { ...one.decision, case: `sha256:${'0'.repeat(62)}02` }, caseText: one.caseText };
    default: {
      const verdict: Verdict = { kind: 'refused', code: 'bad-arguments', policies: [], why: 'tests' };
      return { decision: { ...one.decision, verdict, case: null }, caseText: null, facts: null, spoiled: false };
    }
  }
}

const OFTEN = 0.98;

/** Who works with what: an agent has its role, tenant and autonomy, and a few tools; a tool is always the same. */
interface Fleet {
  readonly agents: readonly (Pick<Case['agent'], 'id' | 'tenant' | 'role'> & {
    readonly autonomy: string;
    /** Of what it perceives, as a rule. */
    readonly integrity: Integrity;
    readonly confidentiality: number;
    readonly tools: readonly { readonly tool: Case['tool']; readonly limitMinor: number }[];
  })[];
}

function drawFleet(random: Random): Fleet {
  const mostly = oftenOf(random);
  const tools = Array.from({ length: 40 }, (_, n): Omit<Case['tool'], 'tenant'> => ({
    id: `tool-${n}`,
    class: EFFECT_CLASSES[n % EFFECT_CLASSES.length]!,
    risk: random.pick(['low', 'low', 'medium', 'high']),
    external: random.hit(0.4),
    clearance: random.pick([1, 2, 3, 3]),
    movesMoney: random.hit(0.35),
  }));
  return {
    agents: Array.from({ length: 100 }, (_, n) => {
      const tenant = random.pick(['north', 'south', 'west']);
      const own = Array.from({ length: 1 + random.below(4) }, () => random.pick(tools));
      return {
        id: `agent-${n}`,
        tenant,
        role: ROLES[n % ROLES.length]!,
        autonomy: random.pick(['L0', 'L1', 'L2', 'L3', 'L3', 'L3', 'L4', 'L4', 'L4', 'L5']),
        integrity: random.pick(['trusted', 'trusted', 'untrusted']),
        confidentiality: Math.min(random.below(CONFIDENTIALITIES.length), random.below(CONFIDENTIALITIES.length)),
        tools: own.map((tool) => ({
          tool: { ...tool, tenant: mostly(tenant, ['north', 'south']) },
          limitMinor: tool.movesMoney ? mostly(50_000, [-1, 0, 500_000_000]) : -1,
        })),
      };
    }),
  };
}

/** Mostly ordinary work, and of everything unusual that the law knows a little; over four weeks, at every hour. */
function drawCase(fleet: Fleet, random: Random): Case {
  const mostly = oftenOf(random);
  const { id, tenant, role, autonomy, tools, ...usual } = random.pick(fleet.agents);
  const { tool, limitMinor } = random.pick(tools);
  const day = 1 + random.below(28);
  return {
    agent: {
      id,
      tenant,
      role,
      status: mostly('active', ['draft', 'suspended', 'retired']),
      granted: mostly(true, [false]),
    },
    tool,
    situation: {
      environment: tenant === 'west' ? 'development' : 'production',
      today: `2026-10-${String(day).padStart(2, '0')}`,
      weekday: 1 + ((day + 2) % 7),
      hour: random.below(24),
      mandateEnds: mostly('2027-12-31', ['2026-10-10', '2026-10-20']),
      autonomy,
      amountMinor: 0,
      limitMinor,
      sameCurrency: mostly(true, [false]),
      resourceGranted: mostly(true, [false]),
      sameTenant: mostly(true, [false]),
      integrity: mostly(usual.integrity, INTEGRITIES),
      confidentiality: mostly(usual.confidentiality, [0, 1, 2, 3]),
      stopped: random.hit(0.02) ? [random.pick(['everything', 'tenant', 'agent', 'tool', 'class'] as const)] : [],
      approvals: random.hit(0.03) ? [random.pick(SHIPPED.rules).id] : [],
      exhausted: [],
      ran: [],
      seenUntrusted: false,
      seenConfidentiality: 0,
      depth: 0,
    },
  };
}

function oftenOf(random: Random) {
  return <T>(usual: T, others: readonly T[]): T => (random.hit(OFTEN) ? usual : random.pick(others));
}

/** Near the bounds more often than chance would have it. */
function drawAmount({ situation: { limitMinor } }: Case, random: Random): number {
  const bound = random.pick([limitMinor, 1_000, 50_000, 400_000, 100_000_000, 200_000_000, 0]);
  return random.hit(0.4) ? bound + random.below(3) - 1 : random.below(120_000);
}

function replay(base: Law, draft: Law, record: readonly Recorded[]): { result: Backtest; seconds: number } {
  const began = performance.now();
  const test = openBacktest(base.digest, { digest: draft.digest, open: reopenUnder(draft) });
  for (const { decision, caseText } of record) {
    test.add(
      decision,
      typeof decision.case === 'string' && caseText !== null ? new Map([[decision.case, caseText]]) : NONE,
    );
  }
  const result = test.result();
  return { result, seconds: (performance.now() - began) / 1_000 };
}
const NONE: ReadonlyMap<string, string> = new Map();

/** By entry: what was, what would be, and whether that allows more. */
function expectedFlips(record: readonly Recorded[], edit: Edit): ReadonlyMap<number, string> {
  const draft: OracleLaw = edit.rules(SHIPPED);
  const flips = new Map<number, string>();
  for (const { decision, facts } of record) {
    if (facts === null) continue;
    const was = decide(SHIPPED, facts);
    const would = decide(draft, facts);
    if (was !== would) flips.set(decision.seq, `${kind(was)} ${kind(would)} ${allowsMore(was, would)}`);
  }
  return flips;
}

function allowsMore(was: string, would: string): boolean {
  if (was === 'permitted' || would === 'refused') return false;
  if (was === 'refused' || would === 'permitted') return true;
  const asked = would.split(' ')[1]!.split(',');
  return !was
    .split(' ')[1]!
    .split(',')
    .every((role) => asked.includes(role));
}

function compare(expected: ReadonlyMap<number, string>, { flips, newlyAllowed, flipped }: Backtest): number {
  const got = new Map(flips.map(({ seq, from, to, weaker }) => [seq, `${from} ${to} ${weaker}`]));
  let wrong = got.size === flipped && flips.filter(({ weaker }) => weaker).length === newlyAllowed ? 0 : 1;
  for (const [seq, flip] of expected) if (got.get(seq) !== flip) wrong += 1;
  for (const seq of got.keys()) if (!expected.has(seq)) wrong += 1;
  return wrong;
}

const kind = (told: string) => told.split(' ')[0];

function told(verdict: Verdict): string {
  return verdict.kind === 'needs-approval'
    ? `${verdict.kind} ${[...new Set(verdict.roles)].sort().join()}`
    : verdict.kind;
}

function sum(counted: readonly { readonly decisions: number }[]): number {
  return counted.reduce((all, { decisions }) => all + decisions, 0);
}
