import type { EffectClass, EffectState, EntryKind, FailureCode } from '../vocabulary/index.ts';

/** One effect that a tool's own journal says happened: the ground truth. */
export interface JournalLine {
  readonly system: string;
  /** The idempotency key that came with it: the permit's id. */
  readonly key: string | null;
  /** What it is called there. */
  readonly id: string;
}

/** One effect as Reeve knows it. */
export interface EffectRow {
  readonly permit: string;
  readonly tool: string;
  /** The system that keeps a journal of it; null for what happens elsewhere (published events, functions). */
  readonly system: string | null;
  readonly effect: EffectClass;
  readonly state: EffectState;
  /** Why it failed, when it did. */
  readonly code?: FailureCode | null;
}

/** One ledger entry that is about a permit. */
export interface PermitEntry {
  readonly permit: string;
  readonly kind: EntryKind;
}

export interface ReconcileInput {
  readonly journal: AsyncIterable<JournalLine>;
  readonly effects: AsyncIterable<EffectRow>;
  readonly entries: AsyncIterable<PermitEntry>;
}

/** Ways in which journal, effects and ledger can disagree, and two in which work is not over. */
const FINDINGS = ['unlogged', 'lost', 'duplicate', 'contradicted', 'unknown', 'unfinished'] as const;
export type FindingKind = (typeof FINDINGS)[number];

/** One difference, for a person. */
export interface Finding {
  readonly key: string | null;
  readonly why: string;
}

export interface Reconciliation extends Readonly<Record<FindingKind, number>> {
  /** The first twenty of each kind. */
  readonly details: Readonly<Record<FindingKind, readonly Finding[]>>;
}

const MOST_DETAILS = 20;
/** Entry that says that an intent was on record before the world was touched. */
const INTENT: EntryKind = 'intent.permitted';

/** What is known of one key. */
interface Seen {
  readonly system: string;
  readonly id: string;
  times: number;
  intent: boolean;
  effect: EffectClass | null;
}

/**
 * INVARIANT (every-intent-ends): compares, key by key, what the tools' own journals say with the effects and the ledger.
 *
 * - `unlogged`: it happened, but there is no effect row or no ledger entry of its intent, or it came without a key.
 * - `lost`: recorded as done (and not only read), but no journal has it.
 * - `duplicate`: happened more than once under one key, where more than reading was done; each time too many counts.
 * - `contradicted`: recorded as failed with nothing done, but it happened. Needs the rows' `code`; `bad-result` is no such case.
 * - `unknown`: nobody knows yet. `unfinished`: an intent without an outcome.
 *
 * Call it when no act is under way: one that happens in between looks like a difference. Pure; holds one small object for each
 * key in the journals.
 */
export async function reconcile({ journal, effects, entries }: ReconcileInput): Promise<Reconciliation> {
  const findings = createFindings();
  const happened = new Map<string, Seen>();
  for await (const { system, key, id } of journal) {
    const seen = key === null ? undefined : happened.get(key);
    if (key === null) findings.add('unlogged', null, `\`${id}\` in \`${system}\` came without a key`);
    else if (seen === undefined) happened.set(key, { system, id, times: 1, intent: false, effect: null });
    else seen.times++;
  }
  for await (const { permit, kind } of entries) {
    const seen = kind === INTENT ? happened.get(permit) : undefined;
    if (seen !== undefined) seen.intent = true;
  }
  for await (const row of effects) {
    const seen = happened.get(row.permit);
    if (seen !== undefined) seen.effect = row.effect;
    const kind = FINDING_OF[row.state](row, seen);
    if (kind !== null) findings.add(kind, row.permit, `\`${row.tool}\` is recorded as ${row.state}${saidOf(seen)}`);
  }
  for (const [key, { system, id, times, intent, effect }] of happened) {
    const at = `\`${id}\` in \`${system}\``;
    if (effect === null) findings.add('unlogged', key, `${at} has no effect row`);
    else if (!intent) findings.add('unlogged', key, `${at} has no \`${INTENT}\` entry`);
    if (effect !== 'E0' && times > 1) findings.add('duplicate', key, `${at} happened ${times} times`, times - 1);
  }
  return findings.all();
}

/** What an effect row and its journal come to, by the state of the row. */
const FINDING_OF = {
  intent: () => 'unfinished',
  waiting: () => null,
  unknown: () => 'unknown',
  done: lostIfNowhere,
  compensated: lostIfNowhere,
  'compensation-failed': lostIfNowhere,
  failed: ({ code, effect }, seen) =>
    seen !== undefined && effect !== 'E0' && code !== undefined && code !== null && code !== 'bad-result'
      ? 'contradicted'
      : null,
  refused: (_, seen) => (seen === undefined ? null : 'contradicted'),
} as const satisfies Record<EffectState, (row: EffectRow, seen: Seen | undefined) => FindingKind | null>;

function lostIfNowhere({ system, effect }: EffectRow, seen: Seen | undefined): 'lost' | null {
  return system !== null && effect !== 'E0' && seen?.system !== system ? 'lost' : null;
}

function saidOf(seen: Seen | undefined): string {
  return seen === undefined ? ', no journal has it' : `, the journal of \`${seen.system}\` has it as \`${seen.id}\``;
}

function createFindings() {
  const counts = tally(() => 0);
  const details = tally((): Finding[] => []);
  return {
    add: (kind: FindingKind, key: string | null, why: string, times = 1): void => {
      counts[kind] += times;
      if (details[kind].length < MOST_DETAILS) details[kind].push({ key, why });
    },
    all: (): Reconciliation => ({ ...counts, details }),
  };
}

function tally<T>(make: () => T): Record<FindingKind, T> {
  return Object.fromEntries(FINDINGS.map((kind) => [kind, make()])) as Record<FindingKind, T>;
}
