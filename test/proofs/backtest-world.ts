/**
 * A fleet at work, as far as law and budgets can tell: run trees whose acts are judged, put to people, done, published from and
 * settled, in one order over four weeks. What is on record of it is what the gate puts there.
 */
import { deepEqual } from 'node:assert/strict';
import { applyLaw } from '../../src/govern/apply-law.ts';
import type { Case } from '../../src/govern/case.ts';
import { reopenUnder } from '../../src/govern/index.ts';
import type { Law } from '../../src/govern/law.ts';
import { plainCase } from '../../src/govern/remembered-judge.ts';
import type { Decision, Settled } from '../../src/rehearse/index.ts';
import { EFFECT_CLASSES, INTEGRITIES, type Integrity, type Verdict } from '../../src/vocabulary/index.ts';
import type { Random } from './random.ts';

/** In the order of the record. */
export type Item = Judged | { readonly kind: 'settled'; readonly act: Act; readonly settled: Settled };

export interface Judged {
  readonly kind: 'judged';
  readonly act: Act;
  readonly decision: Decision;
  /** What the page of the record holds for the case that the decision names. */
  readonly caseText: string | null;
  /** Null when it cannot be judged again, or no policy was asked. */
  readonly facts: Case | null;
  /** Its case is lost, changed or was never kept. */
  readonly spoiled: boolean;
  /** People had been asked about a budget before. */
  readonly askedBefore: boolean;
  /** Accounts in which people gave room. */
  readonly lifted: ReadonlySet<Account>;
}

export interface Account {
  readonly key: string;
  readonly cap: number;
  readonly atLimit: 'refuse' | 'ask';
}

export interface Run {
  readonly id: string;
  readonly root: string;
  readonly agent: Worker;
  /** The act that published what it works on. */
  readonly cause: Act | null;
  readonly depth: number;
  readonly acts: number;
  ran: readonly string[];
  seenUntrusted: boolean;
  seenConfidentiality: number;
  next: number;
}

export interface Act {
  readonly run: Run;
  readonly permit: string;
  readonly tool: Equipment;
  readonly amountMinor: number;
  readonly draws: readonly { readonly account: Account; readonly amount: number; readonly kept: boolean }[];
}

interface Equipment {
  readonly tool: Case['tool'];
  readonly limitMinor: number;
  /** Rank of what it brings. */
  readonly reads: number;
}

interface Worker extends Pick<Case['agent'], 'id' | 'tenant' | 'role'> {
  readonly autonomy: string;
  /** Of what it perceives, as a rule. */
  readonly integrity: Integrity;
  readonly confidentiality: number;
  readonly tools: readonly Equipment[];
}

const ROLES = ['clerk', 'buyer', 'inspector', 'planner', 'analyst', 'dispatcher'];
const OFTEN = 0.985;
const FROM = Date.UTC(2026, 9, 1);
const WEEKS_MS = 28 * 86_400_000;
/** Trees under way at once. */
const LIVE = 60;

/** Work until there are so many decisions. */
export function atWork(law: Law, decisions: number, random: Random): readonly Item[] {
  const workers = drawWorkers(random);
  const judge = reopenUnder(law);
  const items: Item[] = [];
  const pending: (() => void)[] = [];
  const accounts = new Map<string, Account>();
  const use = new Map<Account, { used: number; extra: number }>();
  const count = { judged: 0, seq: 0, roots: 0, runs: 0 };

  while (count.judged < decisions) {
    while (pending.length < LIVE) begin(null);
    const n = random.below(pending.length);
    const next = pending[n]!;
    pending[n] = pending.at(-1)!;
    pending.pop();
    next();
  }
  return items;

  /** Runs on something that came from outside, or that an act published. */
  function begin(cause: Act | null): void {
    const root = cause?.run.root ?? `evt_${count.roots++}`;
    for (let runs = 1 + random.below(2); runs > 0; runs--) {
      const run: Run = {
        id: `run_${count.runs++}`,
        root,
        agent: random.pick(workers),
        cause,
        depth: cause === null ? 0 : cause.run.depth + 1,
        acts: 1 + random.below(4),
        ran: cause === null ? [] : [...new Set([...cause.run.ran, cause.tool.tool.id])].sort(),
        seenUntrusted: cause?.run.seenUntrusted ?? false,
        seenConfidentiality: cause?.run.seenConfidentiality ?? 0,
        next: 0,
      };
      pending.push(() => goOn(run));
    }
  }

  function goOn(run: Run): void {
    const tool = random.pick(run.agent.tools);
    const amountMinor = tool.tool.movesMoney ? drawAmount(tool.limitMinor, random) : 0;
    const permit = `prm_${run.id}_${run.next}`;
    const act: Act = { run, permit, tool, amountMinor, draws: drawsOf(run, tool.tool, amountMinor) };
    if (random.hit(0.002)) {
      const verdict: Verdict = { kind: 'refused', code: 'bad-arguments', policies: [], why: 'tests' };
      return put(act, drawCase(act, [], []), verdict, { withoutCase: true });
    }
    const about = drawCase(act, [], exhaustedBy(act, [], false));
    const verdict = judged(about);
    put(act, about, verdict, {});
    if (verdict.kind === 'permitted') perform(act, new Set());
    if (verdict.kind === 'needs-approval') {
      const answer = random.pick(['approve', 'approve', 'approve', 'decline', 'never'] as const);
      if (answer !== 'never') pending.push(() => answered(act, about, verdict, answer));
    }
  }

  function answered(act: Act, before: Case, { policies }: Verdict, answer: 'approve' | 'decline'): void {
    const askedBefore = policies.includes('budget-asks');
    const approvals = answer === 'approve' ? [...policies] : [];
    const exhausted = exhaustedBy(act, before.situation.exhausted, askedBefore);
    const about = { ...before, situation: { ...before.situation, ...nowOf(), approvals, exhausted } };
    if (answer === 'decline') {
      return put(
        act,
        about,
        { kind: 'refused', code: 'declined', policies, why: 'no' },
        { askedBefore, declined: true },
      );
    }
    const verdict = judged(about);
    const lifted = new Set(
      askedBefore
        ? act.draws.filter((draw) => draw.account.atLimit === 'ask' && isFull(draw)).map((draw) => draw.account)
        : [],
    );
    put(act, about, verdict, { askedBefore, lifted });
    if (verdict.kind === 'permitted') perform(act, lifted);
  }

  function perform(act: Act, lifted: ReadonlySet<Account>): void {
    for (const { account, amount } of act.draws) {
      const of = useOf(account);
      of.used += amount;
      if (lifted.has(account)) of.extra += Math.max(0, of.used - account.cap - of.extra);
    }
    pending.push(() => {
      const done = random.hit(0.94);
      const charged = Object.fromEntries(
        act.draws.map(({ account, amount, kept }) => [
          account.key,
          done ? (random.hit(0.1) ? Math.floor(amount * 0.8) : amount) : kept ? amount : 0,
        ]),
      );
      for (const { account, amount } of act.draws) useOf(account).used -= amount - charged[account.key]!;
      items.push({ kind: 'settled', act, settled: { seq: (count.seq += 1), permit: act.permit, charged } });
      if (!done) return;
      const { run, tool } = act;
      if (run.depth < 4 && random.hit(0.12)) begin(act);
      run.ran = [...new Set([...run.ran, tool.tool.id])].sort();
      run.seenUntrusted ||= tool.tool.external;
      run.seenConfidentiality = Math.max(run.seenConfidentiality, tool.reads);
      run.next += 1;
      if (run.next < run.acts) pending.push(() => goOn(run));
    });
  }

  function judged(about: Case): Verdict {
    const verdict = judge(plainCase(about).text).judge(about.situation.amountMinor);
    if (verdict.kind === 'cannot-judge') throw new Error(verdict.why);
    // What is put together of slices here and everywhere is now and then held against asking Cedar for the whole.
    if (random.hit(0.01)) deepEqual(verdict, applyLaw(about, law));
    return verdict;
  }

  function put(
    act: Act,
    about: Case,
    verdict: Verdict,
    how: {
      readonly withoutCase?: boolean;
      readonly declined?: boolean;
      readonly askedBefore?: boolean;
      readonly lifted?: ReadonlySet<Account>;
    },
  ): void {
    const { run, permit, tool, amountMinor } = act;
    const { digest, text } = plainCase(about);
    const lifted = how.lifted ?? new Set();
    const decision: Decision = {
      seq: (count.seq += 1),
      at: new Date(now()).toISOString(),
      tenant: run.agent.tenant,
      run: run.id,
      agent: run.agent.id,
      tool: tool.tool.id,
      permit,
      cause: run.cause?.permit ?? null,
      amountMinor,
      currency: tool.tool.movesMoney ? 'EUR' : null,
      ...(act.draws.length > 0 && {
        draws: act.draws.map(({ account: { key, cap, atLimit }, amount }, n) => ({
          account: key,
          amount,
          cap,
          atLimit,
          ...(lifted.has(act.draws[n]!.account) && { lifted: true }),
        })),
      }),
      verdict,
      law: law.digest,
      case: how.withoutCase === true ? null : digest,
    };
    count.judged += 1;
    const rest = { askedBefore: how.askedBefore === true, lifted };
    const byNoPolicy = how.withoutCase === true || how.declined === true;
    const whole: Judged = {
      kind: 'judged',
      act,
      decision,
      caseText: text,
      facts: byNoPolicy ? null : about,
      spoiled: false,
      ...rest,
    };
    items.push(byNoPolicy ? whole : spoil(whole, random));
  }

  function drawsOf(run: Run, tool: Case['tool'], amountMinor: number): Act['draws'] {
    const { tenant, id } = run.agent;
    // One tenant has no budgets.
    if (tenant === 'west') return [];
    const day = new Date(now()).toISOString().slice(0, 10);
    const week = `2026-W${40 + Math.floor((now() - FROM + 3 * 86_400_000) / (7 * 86_400_000))}`;
    const [perDay, perWeek] = [decisions * 60, Math.max(2, Math.round(decisions / 900))];
    const all = [
      {
        account: account(`${tenant}/money|money:EUR|${day}|tenant:${tenant}`, perDay, 'refuse'),
        amount: Math.max(0, amountMinor),
        kept: false,
      },
      { account: account(`${tenant}/calls|calls|${week}|agent:${id}`, perWeek, 'ask'), amount: 1, kept: true },
      {
        account: account(`${tenant}/tree|effects|ever|tree:${run.root}`, 5, 'refuse'),
        amount: tool.class === 'E0' ? 0 : 1,
        kept: false,
      },
    ];
    return all;
  }

  function account(key: string, cap: number, atLimit: 'refuse' | 'ask'): Account {
    const known = accounts.get(key);
    if (known !== undefined) return known;
    const made = { key, cap, atLimit };
    accounts.set(key, made);
    return made;
  }

  function exhaustedBy(act: Act, recorded: readonly string[], askedBefore: boolean): string[] {
    const full = act.draws.filter((draw) => isFull(draw) && !(askedBefore && draw.account.atLimit === 'ask'));
    const kept = askedBefore ? recorded.filter((word) => word === 'ask') : [];
    return [...new Set([...kept, ...full.map((draw) => draw.account.atLimit)])].sort();
  }

  function isFull({ account: of, amount }: Act['draws'][number]): boolean {
    const { used, extra } = useOf(of);
    return amount > 0 && used + amount > of.cap + extra;
  }

  function useOf(of: Account): { used: number; extra: number } {
    const known = use.get(of);
    if (known !== undefined) return known;
    const made = { used: 0, extra: 0 };
    use.set(of, made);
    return made;
  }

  function now(): number {
    return FROM + Math.floor((count.judged / decisions) * WEEKS_MS);
  }

  function nowOf(): Pick<Case['situation'], 'today' | 'weekday' | 'hour'> {
    const date = new Date(now());
    return {
      today: date.toISOString().slice(0, 10),
      weekday: date.getUTCDay() === 0 ? 7 : date.getUTCDay(),
      hour: date.getUTCHours(),
    };
  }

  /** Mostly ordinary work, and of everything unusual that the law knows a little. */
  function drawCase(
    { run, tool: { tool, limitMinor }, amountMinor }: Act,
    approvals: string[],
    exhausted: string[],
  ): Case {
    const mostly = oftenOf(random);
    const { id, tenant, role, autonomy, ...usual } = run.agent;
    const scopes = ['everything', 'tenant', 'agent', 'version', 'tool', 'class', 'tree'] as const;
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
        ...nowOf(),
        mandateEnds: mostly('2027-12-31', ['2026-10-10', '2026-10-20']),
        autonomy,
        amountMinor,
        limitMinor,
        sameCurrency: mostly(true, [false]),
        resourceGranted: mostly(true, [false]),
        sameTenant: mostly(true, [false]),
        integrity: mostly(usual.integrity, INTEGRITIES),
        confidentiality: mostly(usual.confidentiality, [0, 1, 2, 3]),
        stopped: random.hit(0.015) ? [random.pick(scopes)] : [],
        approvals,
        exhausted,
        ran: run.ran as Case['situation']['ran'],
        seenUntrusted: run.seenUntrusted,
        seenConfidentiality: run.seenConfidentiality,
        depth: random.hit(0.003) ? 9 : run.depth,
      },
    };
  }
}

/** Who works with what: an agent has its role, tenant and autonomy, and a few tools; a tool is always the same. */
function drawWorkers(random: Random): readonly Worker[] {
  const mostly = oftenOf(random);
  const tools = Array.from({ length: 40 }, (_, n) => ({
    reads: Math.min(random.below(4), random.below(4)),
    id: `tool-${n}`,
    class: EFFECT_CLASSES[n % EFFECT_CLASSES.length]!,
    risk: random.pick(['low', 'low', 'low', 'medium', 'high'] as const),
    external: random.hit(0.3),
    clearance: random.pick([2, 3, 3, 3]),
    movesMoney: random.hit(0.35),
  }));
  return Array.from({ length: 100 }, (_, n) => {
    const tenant = random.pick(['north', 'south', 'west']);
    const own = Array.from({ length: 2 + random.below(4) }, () => random.pick(tools));
    return {
      id: `agent-${n}`,
      tenant,
      role: ROLES[n % ROLES.length]!,
      autonomy: random.pick(['L0', 'L1', 'L2', 'L3', 'L3', 'L4', 'L4', 'L4', 'L5', 'L5']),
      integrity: random.pick(['trusted', 'trusted', 'trusted', 'untrusted'] as const),
      confidentiality: Math.min(random.below(4), random.below(4), random.below(4)),
      tools: own.map(({ reads, ...tool }) => ({
        tool: { ...tool, tenant: mostly(tenant, ['north', 'south']) },
        limitMinor: tool.movesMoney ? mostly(50_000, [-1, 0, 500_000_000]) : -1,
        reads,
      })),
    };
  });
}

function oftenOf(random: Random) {
  return <T>(usual: T, others: readonly T[]): T => (random.hit(OFTEN) ? usual : random.pick(others));
}

/** Near the bounds more often than chance would have it. */
function drawAmount(limitMinor: number, random: Random): number {
  const bound = random.pick([limitMinor, 1_000, 50_000, 400_000, 1_000_000, 100_000_000, 200_000_000, 0]);
  return random.hit(0.3) ? bound + random.below(3) - 1 : random.below(70_000);
}

/** A few of them as they must not pass for unchanged. */
function spoil(one: Judged, random: Random): Judged {
  if (!random.hit(0.006)) return one;
  const rest = { ...one, facts: null, spoiled: true };
  switch (random.below(3)) {
    case 0: {
      const { case: _, ...decision } = one.decision;
      return { ...rest, decision, caseText: null };
    }
    case 1:
      return { ...rest, decision: { ...one.decision, case: `sha256:${'0'.repeat(62)}01` }, caseText: null };
    default:
      return { ...rest, decision: { ...one.decision, case: `sha256:${'0'.repeat(62)}02` } };
  }
}
