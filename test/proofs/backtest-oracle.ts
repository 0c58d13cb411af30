/**
 * The law that ships, told a second time: by hand, as predicates over plain data, without Cedar and without any code of
 * `src`. And a small family of edits, each told twice as well: as a change of the policies' text and as a change of these rules.
 */
import type { Account, Act, Item, Run } from './backtest-world.ts';
import type { Random } from './random.ts';

/** A case as the oracle reads it: from the recorded text. */
export interface PlainFacts {
  readonly agent: { id: string; tenant: string; role: string; status: string; granted: boolean };
  readonly tool: {
    id: string;
    tenant: string;
    class: string;
    risk: string;
    external: boolean;
    clearance: number;
    movesMoney: boolean;
  };
  readonly situation: {
    environment: string;
    today: string;
    weekday: number;
    hour: number;
    mandateEnds: string;
    autonomy: string;
    amountMinor: number;
    limitMinor: number;
    sameCurrency: boolean;
    resourceGranted: boolean;
    sameTenant: boolean;
    integrity: string;
    confidentiality: number;
    stopped: readonly string[];
    approvals: readonly string[];
    exhausted: readonly string[];
    ran: readonly string[];
    seenUntrusted: boolean;
    seenConfidentiality: number;
    depth: number;
  };
}

export interface Rule {
  readonly id: string;
  readonly holds: (facts: PlainFacts) => boolean;
  /** Role that may lift it. */
  readonly approver: string | null;
  /** Has an `unless` that an approval meets. */
  readonly liftable: boolean;
}

export interface OracleLaw {
  readonly grants: boolean;
  readonly rules: readonly Rule[];
}

const hard = (id: string, holds: Rule['holds']): Rule => ({ id, holds, approver: null, liftable: false });
const soft = (id: string, approver: string, holds: Rule['holds']): Rule => ({ id, holds, approver, liftable: true });

export const SHIPPED: OracleLaw = {
  grants: true,
  rules: [
    ...['everything', 'tenant', 'agent', 'version', 'tool', 'class', 'tree'].map((scope) =>
      hard(`stopped-${scope}`, ({ situation }) => situation.stopped.includes(scope)),
    ),
    hard('agent-not-active', ({ agent }) => agent.status !== 'active'),
    hard('mandate-over', ({ situation: s }) => s.today > s.mandateEnds),
    hard('tenant-isolation', ({ agent, tool, situation: s }) => agent.tenant !== tool.tenant || !s.sameTenant),
    hard('resource-not-granted', ({ situation: s }) => !s.resourceGranted),
    hard('observe-only', ({ tool, situation: s }) => s.autonomy === 'L0' && tool.class !== 'E0'),
    soft('suggest-only', 'agent-owner', ({ tool, situation: s }) => s.autonomy === 'L1' && tool.class !== 'E0'),
    soft('every-act-approved', 'agent-owner', ({ tool, situation: s }) => s.autonomy === 'L2' && tool.class !== 'E0'),
    soft('risky-act-approved', 'duty-manager', ({ tool, situation: s }) => s.autonomy === 'L3' && tool.risk === 'high'),
    soft(
      'amount-over-limit',
      'finance-controller',
      ({ situation: s }) => s.limitMinor >= 0 && s.amountMinor > s.limitMinor,
    ),
    soft('large-amount', 'finance-controller', ({ situation: s }) => s.amountMinor > 1_000_000),
    hard('money-needs-a-limit', ({ tool, situation: s }) => tool.movesMoney && s.limitMinor < 0),
    hard('amount-over-ceiling', ({ situation: s }) => s.amountMinor > 100_000_000),
    hard('amount-below-zero', ({ situation: s }) => s.amountMinor < 0),
    hard('currency-of-the-limit', ({ situation: s }) => !s.sameCurrency),
    hard('clearance-of-the-sink', ({ tool, situation: s }) => s.confidentiality > tool.clearance),
    hard(
      'untrusted-and-private',
      ({ tool, situation: s }) => tool.external && s.integrity === 'untrusted' && s.confidentiality >= 2,
    ),
    soft(
      'untrusted-moves-money',
      'finance-controller',
      ({ tool, situation: s }) => tool.movesMoney && s.integrity === 'untrusted',
    ),
    soft('irreversible-in-working-hours', 'duty-manager', outsideHours(7, 19)),
    soft('private-then-outside', 'data-protection-officer', leaksAfter(2)),
    soft(
      'untrusted-then-irreversible',
      'duty-manager',
      ({ tool, situation: s }) => tool.class === 'E3' && s.seenUntrusted,
    ),
    hard('too-deep', ({ situation: s }) => s.depth > 8),
    hard('budget-spent', ({ situation: s }) => s.exhausted.includes('refuse')),
    soft('budget-asks', 'budget-owner', ({ situation: s }) => s.exhausted.includes('ask')),
  ],
};

function outsideHours(from: number, to: number): Rule['holds'] {
  return ({ tool, situation: s }) =>
    s.environment === 'production' && tool.class === 'E3' && (s.weekday > 5 || s.hour < from || s.hour >= to);
}

/** What was read stays inside from one rank on, and confidential data also when something untrusted is beside it. */
function leaksAfter(least: number): Rule['holds'] {
  return ({ tool, situation: s }) => tool.external && s.seenConfidentiality >= least;
}

/** The verdict in one word: `refused`, `permitted`, or `needs-approval` with the roles. */
export function decide(law: OracleLaw, facts: PlainFacts): string {
  const standing = law.rules.filter(
    ({ id, holds, liftable }) => holds(facts) && !(liftable && facts.situation.approvals.includes(id)),
  );
  if (!law.grants || !facts.agent.granted || standing.some(({ approver }) => approver === null)) return 'refused';
  const roles = [...new Set(standing.map(({ approver }) => `${approver}`))].sort();
  if (roles.length > 0) return `needs-approval ${roles.join()}`;
  // What a budget has no room for is not permitted, whatever the policies say.
  const { exhausted, approvals } = facts.situation;
  const isFull = exhausted.includes('refuse') || (exhausted.includes('ask') && !approvals.includes('budget-asks'));
  return isFull ? 'refused' : 'permitted';
}

/** What an edit comes to. */
export interface Expected {
  /** By entry: what was, what would be, and whether that allows more. */
  readonly flips: ReadonlyMap<number, string>;
  /** Decisions that would not have come about, by why. */
  readonly moot: { ended: number; uncaused: number; done: number };
  /** Spoiled decisions that are due to be judged again. */
  readonly unreplayable: number;
}

/**
 * The record lived through once more under another law, act by act, over the trees as they were made and not as they are
 * recorded: who would have ended, what would not have been published, which budgets would have been full.
 */
export function relive(items: readonly Item[], law: OracleLaw, base: OracleLaw): Expected {
  const flips = new Map<number, string>();
  const count = { ended: 0, uncaused: 0, done: 0, unreplayable: 0 };
  const room = new Map<Account, { used: number; extra: number }>();
  const over = new Set<Run>();
  const undone = new Set<Act>();
  const ahead = new Set<Act>();
  const drawn = new Set<Act>();

  for (const item of items) {
    const { act } = item;
    if (item.kind === 'settled') {
      if (drawn.delete(act)) {
        for (const { account, amount } of act.draws)
          roomOf(account).used -= amount - item.settled.charged[account.key]!;
      }
      continue;
    }
    const was = word(item.decision.verdict);
    const moot = mootBecause(act);
    if (moot !== null) {
      count[moot] += 1;
      if (was === 'permitted' && !ahead.delete(act)) undone.add(act);
      continue;
    }
    let would = was;
    if (item.facts !== null) {
      const { situation } = item.facts;
      const exhausted = exhaustedFor(item, situation.exhausted);
      would = decide(law, { ...item.facts, situation: { ...situation, exhausted } });
      const before = decide(base, item.facts);
      if (before !== was) throw new Error(`${item.decision.seq}: on record as ${was}, and the oracle says ${before}`);
      if (before !== would) flips.set(item.decision.seq, `${first(was)} ${first(would)} ${allowsMore(was, would)}`);
    } else if (item.spoiled) count.unreplayable += 1;
    const done = would === 'permitted' || (would.startsWith('needs') && was === 'permitted');
    if (was === 'permitted' && !done) undone.add(act);
    if (would === 'refused' && was !== 'refused') over.add(act.run);
    if (!done) continue;
    drawn.add(act);
    if (was !== 'permitted') ahead.add(act);
    for (const { account, amount } of act.draws) {
      const of = roomOf(account);
      of.used += amount;
      const lifted = item.lifted.has(account) || (would.startsWith('needs') && account.atLimit === 'ask');
      if (lifted && amount > 0) of.extra = Math.max(of.extra, of.used - account.cap);
    }
  }
  const { unreplayable, ...moot } = count;
  return { flips, moot, unreplayable };

  function mootBecause(act: Act): 'ended' | 'uncaused' | 'done' | null {
    if (act.run.cause !== null && undone.has(act.run.cause)) return 'uncaused';
    if (over.has(act.run)) return 'ended';
    return ahead.has(act) ? 'done' : null;
  }

  function exhaustedFor(
    { act, askedBefore }: Extract<Item, { kind: 'judged' }>,
    recorded: readonly string[],
  ): string[] {
    const words = act.draws
      .filter(({ account, amount }) => amount > 0 && !(askedBefore && account.atLimit === 'ask'))
      .filter(({ account, amount }) => roomOf(account).used + amount > account.cap + roomOf(account).extra)
      .map(({ account }) => account.atLimit as string);
    return [...words, ...(askedBefore && recorded.includes('ask') ? ['ask'] : [])];
  }

  function roomOf(account: Account): { used: number; extra: number } {
    const known = room.get(account);
    if (known !== undefined) return known;
    const made = { used: 0, extra: 0 };
    room.set(account, made);
    return made;
  }
}

function word(verdict: { readonly kind: string; readonly roles?: readonly string[] }): string {
  const { kind, roles = [] } = verdict;
  return kind === 'needs-approval' ? `${kind} ${[...new Set(roles)].sort().join()}` : kind;
}

const first = (told: string) => told.split(' ')[0];

function allowsMore(was: string, would: string): boolean {
  if (was === 'permitted' || would === 'refused') return false;
  if (was === 'refused' || would === 'permitted') return true;
  const asked = would.split(' ')[1]!.split(',');
  return !was
    .split(' ')[1]!
    .split(',')
    .every((role) => asked.includes(role));
}

/** One change, told twice. */
export interface Edit {
  readonly name: string;
  text(policies: string): string;
  rules(law: OracleLaw): OracleLaw;
}

export const ROLES = ['clerk', 'buyer', 'inspector', 'planner', 'analyst', 'dispatcher'];
const HARD = SHIPPED.rules.filter(({ approver }) => approver === null).map(({ id }) => id);
const SOFT = SHIPPED.rules.filter(({ approver }) => approver !== null).map(({ id }) => id);

const FAMILY: readonly ((random: Random) => Edit)[] = [
  (random) => {
    const id = random.pick(random.hit(0.7) ? SOFT : HARD);
    return edit(
      `without ${id}`,
      id,
      () => '',
      () => null,
    );
  },
  (random) => {
    const ceiling = random.pick([1_000, 50_000, 400_000, 200_000_000]);
    return edit(`ceiling ${ceiling}`, 'amount-over-ceiling', swap('100000000', `${ceiling}`), (rule) => ({
      ...rule,
      holds: ({ situation }) => situation.amountMinor > ceiling,
    }));
  },
  (random) => {
    const from = random.below(12);
    const to = 12 + random.below(12);
    return edit(
      `hours ${from} to ${to}`,
      'irreversible-in-working-hours',
      (block) => swap('>= 19', `>= ${to}`)(swap('< 7', `< ${from}`)(block)),
      (rule) => ({ ...rule, holds: outsideHours(from, to) }),
    );
  },
  (random) => {
    const least = random.pick([0, 1, 3]);
    return edit(`private from ${least}`, 'untrusted-and-private', swap('>= 2', `>= ${least}`), (rule) => ({
      ...rule,
      holds: ({ tool, situation: s }) => tool.external && s.integrity === 'untrusted' && s.confidentiality >= least,
    }));
  },
  (random) => {
    const id = random.pick(SOFT);
    return edit(
      `nobody lifts ${id}`,
      id,
      (block) => block.replace(/@approver.*\n@expires.*\n/, ''),
      (rule) => ({
        ...rule,
        approver: null,
      }),
    );
  },
  (random) => {
    const id = random.pick(SOFT);
    return edit(
      `others lift ${id}`,
      id,
      (block) => block.replace(/@approver\(".*"\)/, '@approver("board")'),
      (rule) => ({
        ...rule,
        approver: 'board',
      }),
    );
  },
  (random) => {
    const id = random.pick(HARD);
    const lift = (block: string) =>
      block
        .replace('\nforbid', '\n@approver("board")\nforbid')
        .replace(/\s*;\s*$/, `\nunless { context.approvals.contains("${id}") };\n\n`);
    return edit(`the board lifts ${id}`, id, lift, (rule) => ({ ...rule, approver: 'board', liftable: true }));
  },
  (random) => {
    const id = random.pick(random.hit(0.5) ? SOFT : HARD);
    const role = random.pick(ROLES);
    const narrow = (block: string) => block.replace('\nwhen', `\nwhen { principal.role == "${role}" }\nwhen`);
    return edit(`${id} for ${role} only`, id, narrow, (rule) => ({
      ...rule,
      holds: (facts) => facts.agent.role === role && rule.holds(facts),
    }));
  },
  (random) => {
    const by = random.pick([2, 3, 10]);
    // The amount is reckoned with, so that nothing may be remembered by region.
    const text = swap('context.amountMinor > context.limitMinor', `context.amountMinor * ${by} > context.limitMinor`);
    return edit(`limit by ${by}`, 'amount-over-limit', text, (rule) => ({
      ...rule,
      holds: ({ situation: s }) => s.limitMinor >= 0 && s.amountMinor * by > s.limitMinor,
    }));
  },
  (random) => {
    const role = random.pick(ROLES);
    const least = random.pick(['E1', 'E2', 'E3']);
    const approver = random.hit(0.5) ? 'board' : null;
    const note = approver === null ? '' : `@approver("${approver}")\n`;
    const unless = approver === null ? '' : '\nunless { context.approvals.contains("added") }';
    const text = `@id("added")\n@why("added")\n${note}forbid (principal, action, resource is Reeve::Tool)
when { principal.role == "${role}" && resource.class == "${least}" }${unless};\n`;
    const holds: Rule['holds'] = ({ agent, tool }) => agent.role === role && tool.class === least;
    return {
      name: `added: ${role} ${least}`,
      text: (policies) => policies + text,
      rules: (law) => ({
        ...law,
        rules: [...law.rules, { id: 'added', holds, approver, liftable: approver !== null }],
      }),
    };
  },
  (random) => {
    const most = random.below(3);
    return edit(`no deeper than ${most}`, 'too-deep', swap('> 8', `> ${most}`), (rule) => ({
      ...rule,
      holds: ({ situation }) => situation.depth > most,
    }));
  },
  (random) => {
    const least = random.pick([0, 1, 3]);
    return edit(
      `outside after reading ${least}`,
      'private-then-outside',
      swap('seenConfidentiality >= 2', `seenConfidentiality >= ${least}`),
      (rule) => ({
        ...rule,
        holds: leaksAfter(least),
      }),
    );
  },
  (random) => {
    const first = `tool-${random.below(12)}`;
    const approver = random.hit(0.5) ? 'board' : null;
    const note = approver === null ? '' : `@approver("${approver}")\n`;
    const unless = approver === null ? '' : '\nunless { context.approvals.contains("after") }';
    const text = `@id("after")\n@why("after")\n${note}forbid (principal, action, resource is Reeve::Tool)
when { context.ran.contains("${first}") && resource.class != "E0" }${unless};\n`;
    const holds: Rule['holds'] = ({ tool, situation }) => situation.ran.includes(first) && tool.class !== 'E0';
    return {
      name: `nothing after ${first}${approver === null ? '' : ' alone'}`,
      text: (policies) => policies + text,
      rules: (law) => ({
        ...law,
        rules: [...law.rules, { id: 'after', holds, approver, liftable: approver !== null }],
      }),
    };
  },
  (random) => {
    const id = random.pick(['budget-asks', 'budget-spent']);
    return edit(
      `without ${id}`,
      id,
      () => '',
      () => null,
    );
  },
  () => {
    const risk = swap('"high"', '"medium"');
    return edit('medium is risky, high is not', 'risky-act-approved', risk, (rule) => ({
      ...rule,
      holds: ({ tool, situation: s }) => s.autonomy === 'L3' && tool.risk === 'medium',
    }));
  },
];

/** Number `n` of the edits: each kind in turn, its particulars by chance. */
export function drawEdit(n: number, random: Random): Edit {
  return FAMILY[n % FAMILY.length]!(random);
}

/** Nothing is granted any more. */
export const NO_GRANTS: Edit = {
  name: 'nothing is granted',
  text: (policies) => inPolicy(policies, 'least-privilege', () => ''),
  rules: (law) => ({ ...law, grants: false }),
};

function edit(name: string, id: string, text: (block: string) => string, change: (rule: Rule) => Rule | null): Edit {
  return {
    name,
    text: (policies) => inPolicy(policies, id, text),
    rules: (law) => ({ ...law, rules: law.rules.flatMap((rule) => (rule.id === id ? (change(rule) ?? []) : [rule])) }),
  };
}

/** Changes one policy's text; an edit that changes nothing is a mistake of ours. */
function inPolicy(policies: string, id: string, change: (block: string) => string): string {
  const from = policies.indexOf(`@id("${id}")`);
  const end = policies.indexOf(';\n', from) + 2;
  const block = policies.slice(from, end);
  const changed = change(block);
  if (from < 0 || changed === block) throw new Error(`the edit of \`${id}\` changes nothing`);
  return policies.slice(0, from) + changed + policies.slice(end);
}

function swap(what: string, by: string): (block: string) => string {
  return (block) => block.replace(what, by);
}
