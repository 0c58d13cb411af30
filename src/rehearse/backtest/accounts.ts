import type { RecordedDraw } from './decision.ts';

/** What is used of an account, and the room that people gave beyond its cap. */
interface Use {
  used: number;
  extra: number;
}

/** One account on record and under the draft. */
interface Account {
  readonly was: Use;
  readonly would: Use;
}

/** Who draws: the act as it was, the act as it would be. */
export interface Drawing {
  readonly was: boolean;
  readonly would: boolean;
}

/** What budgets would say, or why that cannot be known. */
export type Exhausted =
  | { readonly kind: 'as-recorded' }
  | { readonly kind: 'changed'; readonly exhausted: readonly string[] }
  | { readonly kind: 'unknown'; readonly why: string };

/**
 * Budgets, kept twice along the record: as they were, and as they would be under the draft. As long as the two agree, what the
 * record says of an account stands; from where they part it is worked out, and held against the record first.
 *
 * @param from where reading began, in milliseconds since the epoch; null: at the first entry
 */
export function keepAccounts(from: number | null) {
  const accounts = new Map<string, Account>();
  const underWay = new Map<string, { readonly draws: readonly RecordedDraw[] } & Drawing>();

  return {
    /**
     * @param recorded what the budgets said then
     * @param again people had been asked before: whether one that asks has room is not asked anew
     */
    exhausted(draws: readonly RecordedDraw[], recorded: readonly string[], again: boolean): Exhausted {
      const asked = draws.filter(({ amount, atLimit }) => amount > 0 && !(again && atLimit === 'ask'));
      const parted = asked.filter(({ account }) => !agree(accounts.get(account)));
      if (parted.length === 0) return { kind: 'as-recorded' };
      const kept = again ? recorded.filter((word) => word === 'ask') : [];
      const others = recorded.length > kept.length ? asked : parted;
      if (!others.every(({ account }) => isReadWhole(account))) {
        return { kind: 'unknown', why: 'the window of its budget began before what was read: read from further back' };
      }
      const say = (of: keyof Account) => [...new Set([...kept, ...fullOnes(others, of)])].sort();
      // An account that does not come to what it was cannot come to what it would be.
      if (say('was').join() !== [...recorded].sort().join()) {
        return { kind: 'unknown', why: 'what its budget had left then does not follow from what was read' };
      }
      return { kind: 'changed', exhausted: say('would') };
    },

    /** @param asked under the draft people would be asked, and taken to agree */
    draw(permit: string, draws: readonly RecordedDraw[], drawing: Drawing, asked: boolean): void {
      const counted = draws.filter(({ amount }) => amount > 0);
      if (counted.length === 0 || !(drawing.was || drawing.would)) return;
      for (const draw of counted) {
        const account = open(draw.account);
        const lifted = draw.lifted === true;
        if (drawing.was) take(account.was, draw, lifted);
        if (drawing.would) take(account.would, draw, lifted || (asked && draw.atLimit === 'ask'));
      }
      const before = underWay.get(permit);
      underWay.set(permit, {
        draws: counted,
        was: drawing.was || before?.was === true,
        would: drawing.would || before?.would === true,
      });
    },

    /** What was not needed comes back. */
    settle(permit: string, charged: Readonly<Record<string, number>>): void {
      const act = underWay.get(permit);
      if (act === undefined) return;
      underWay.delete(permit);
      for (const { account: key, amount } of act.draws) {
        const account = open(key);
        const back = amount - Math.min(charged[key] ?? amount, amount);
        if (act.was) account.was.used -= back;
        if (act.would) account.would.used -= back;
      }
    },
  };

  function open(key: string): Account {
    const known = accounts.get(key);
    if (known !== undefined) return known;
    const made = { was: { used: 0, extra: 0 }, would: { used: 0, extra: 0 } };
    accounts.set(key, made);
    return made;
  }

  function fullOnes(draws: readonly RecordedDraw[], of: keyof Account): readonly string[] {
    return draws.filter((draw) => isFull(draw, accounts.get(draw.account)?.[of])).map(({ atLimit }) => atLimit);
  }

  /** All that was ever drawn on it has been read. */
  function isReadWhole(account: string): boolean {
    if (from === null) return true;
    const began = beginningOf(account.split('|')[2] ?? '');
    return began !== null && began >= from;
  }
}

function agree(account: Account | undefined): boolean {
  return (
    account === undefined || (account.was.used === account.would.used && account.was.extra === account.would.extra)
  );
}

function isFull({ amount, cap }: RecordedDraw, use: Use | undefined): boolean {
  return (use?.used ?? 0) + amount > cap + (use?.extra ?? 0);
}

function take(use: Use, { amount, cap }: RecordedDraw, lifted: boolean): void {
  use.used += amount;
  if (lifted) use.extra += Math.max(0, use.used - cap - use.extra);
}

/** Milliseconds since the epoch; null for `ever` and for what is no window's name. */
function beginningOf(period: string): number | null {
  const week = /^(\d{4})-W(\d\d)$/.exec(period);
  if (week !== null) {
    // ISO 8601: the first week is the one with 4 January in it.
    const fourth = new Date(Date.UTC(Number(week[1]), 0, 4));
    return fourth.getTime() + (Number(week[2]) - 1) * 7 * DAY_MS - ((fourth.getUTCDay() + 6) % 7) * DAY_MS;
  }
  const began = /^\d{4}-\d\d(-\d\d)?$/.test(period) ? Date.parse(`${period.padEnd(10, '-01')}T00:00:00Z`) : Number.NaN;
  return Number.isNaN(began) ? null : began;
}

const DAY_MS = 86_400_000;
