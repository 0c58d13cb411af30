/** The judge of the proof `approval-days`: what the record, the ledger and the simulated system say of every bill. */
import type { Pool } from 'pg';
import type { JournalLine } from '../../src/testing/index.ts';
import type { Approval, Entry } from '../../src/vocabulary/index.ts';
import { CALENDARS, RULES, type RuleName } from './approval-days-fleet.ts';

/** What people were to do about a bill. `half`: only the first of two answers; `let-in`: answered by whom an escalation added. */
export type Fate = 'silence' | 'declined' | 'half' | 'approved' | 'let-in';

export interface DaysJudgement {
  readonly asked: number;
  readonly lost: number;
  readonly bySilence: number;
  readonly escalations: number;
  readonly late: number;
  readonly latestMs: number;
  /** Times of escalations that were worked out once more, minute by minute. */
  readonly counted: number;
  readonly states: Readonly<Record<string, number>>;
  readonly executed: number;
  readonly mostOfOneKey: number;
  readonly wrong: readonly string[];
}

interface Row {
  readonly subject: string;
  readonly permit: string;
  readonly run: string;
  readonly approval: Approval;
}

const MINUTE = 60_000;
/** Counting minutes is slow. */
const MOST_COUNTED = 60;

export async function judgeDays(
  pool: Pool,
  fates: ReadonlyMap<string, Fate>,
  journal: readonly JournalLine[],
  now: number,
  tolerance: number,
): Promise<DaysJudgement> {
  const wrong: string[] = [];
  const rows = await rowsOf(pool);
  const entries = Map.groupBy(await entriesOf(pool), ({ body }) => (body as { approval: string }).approval);
  const sent = Map.groupBy(journal, ({ key }) => key ?? '');
  const runs = await runsOf(pool);
  const states: Record<string, number> = {};
  let [lost, bySilence, escalations, late, latestMs, executed] = [0, 0, 0, 0, 0, 0];
  const counted = new Map<string, number>();
  const onTime = (what: string, at: string, due: number): void => {
    const by = Date.parse(at) - due;
    if (by > latestMs) latestMs = by;
    if (by >= 0 && by <= tolerance) return;
    late += 1;
    wrong.push(`${what}: ${by} ms after it was due`);
  };

  for (const [subject, fate] of fates) {
    const [row, ...more] = rows.get(subject) ?? [];
    if (row === undefined || more.length > 0) {
      lost += row === undefined ? 1 : 0;
      wrong.push(`${subject}: asked ${more.length + (row === undefined ? 0 : 1)} times`);
      continue;
    }
    const { approval, run } = row;
    const { id, state, bound, requirements, votes } = approval;
    states[state] = (states[state] ?? 0) + 1;
    const own = entries.get(id) ?? [];
    const settled = own.find(({ kind }) => kind === 'approval.settled');
    const answers = own.filter(({ kind }) => kind === 'approval.answered');
    const wanted = wantedOf(fate, now >= bound.expiresAt);
    if (!wanted.includes(state)) wrong.push(`${subject}: ${fate}, and ${state}`);
    const needed = requirements.flatMap(({ stages }) => stages.map(({ need }) => need)).reduce((a, b) => a + b, 0);
    const isApproved = state === 'approved' || state === 'consumed';
    if (isApproved && (votes.length < needed || answers.length < needed)) bySilence += 1;
    if (settled !== undefined && (settled.body as { state: string }).state === 'expired') {
      onTime(`${subject} expired`, settled.at, bound.expiresAt);
    }
    // Escalations: all that came before the end, each once, each on time.
    const over = settled === undefined ? now : Date.parse(settled.at);
    const made = own.filter(({ kind }) => kind === 'approval.escalated');
    for (const { policy, escalations: due } of requirements) {
      for (const { at, to } of due) {
        const found = made.filter(({ body }) => {
          const said = body as { policy: string; to: string; at: number };
          return said.policy === policy && said.to === to && said.at === at;
        });
        if (found.length > 1) wrong.push(`${subject}: escalated ${found.length} times to ${to}`);
        if (found.length === 0 && at <= over - tolerance) {
          late += 1;
          wrong.push(`${subject}: never escalated to ${to}`);
        }
        for (const one of found) {
          escalations += 1;
          onTime(`${subject} escalated to ${to}`, one.at, at);
        }
      }
      const rule = requirements[0]?.rule as RuleName;
      for (const [n, { after, ...on }] of RULES[rule].escalate.entries()) {
        const key = `${rule} ${n} ${approval.askedAt}`;
        if (counted.has(key) || counted.size >= MOST_COUNTED) continue;
        const hours = Number(/\d+/.exec(after)?.[0]);
        const at = slowly(approval.askedAt, hours * 60, 'calendar' in on ? (on.calendar as CalendarName) : null);
        counted.set(key, at);
        const said = requirements[0]?.escalations[n]?.at;
        if (said === undefined ? at < bound.expiresAt : Math.abs(said - at) > MINUTE) {
          wrong.push(`${subject}: escalation ${n} at ${said}, and counted ${at}`);
        }
      }
    }
    const times = sent.get(row.permit)?.length ?? 0;
    if (times > 0) executed += 1;
    if (times !== (state === 'consumed' ? 1 : 0)) wrong.push(`${subject}: ${state}, and done ${times} times`);
    const runState = runs.get(run) ?? 'gone';
    const wantedRun = state === 'pending' ? 'waiting' : state === 'consumed' ? 'done' : 'refused';
    if (runState !== wantedRun) wrong.push(`${subject}: ${state}, and its run is ${runState}`);
  }
  return {
    asked: fates.size - lost,
    lost,
    bySilence,
    escalations,
    late,
    latestMs,
    counted: counted.size,
    states,
    executed,
    mostOfOneKey: Math.max(0, ...[...sent.values()].map((lines) => lines.length)),
    wrong,
  };
}

/** What a fate leads to, once its time is over and before. */
function wantedOf(fate: Fate, over: boolean): readonly string[] {
  switch (fate) {
    case 'silence':
    case 'half':
      return over ? ['expired'] : ['pending'];
    case 'declined':
      return over ? ['declined'] : ['declined', 'pending'];
    case 'approved':
    case 'let-in':
      return over ? ['consumed'] : ['consumed', 'pending'];
  }
}

async function rowsOf(pool: Pool): Promise<ReadonlyMap<string, Row[]>> {
  const { rows } = await pool.query<{
    subject: string;
    permit: string;
    run: string;
    id: string;
    rev: number;
    state: Approval['state'];
    content: object;
  }>(
    `select r.subject, a.permit, a.run, a.id, a.rev, a.state, a.content
     from reeve.approval a join reeve.run r on r.id = a.run`,
  );
  return Map.groupBy(
    rows.map(({ subject, permit, run, content, ...rest }) => ({
      subject,
      permit,
      run,
      approval: { ...content, ...rest } as Approval,
    })),
    ({ subject }) => subject,
  );
}

async function runsOf(pool: Pool): Promise<ReadonlyMap<string, string>> {
  const { rows } = await pool.query<{ id: string; state: string }>('select id, state from reeve.run');
  return new Map(rows.map(({ id, state }) => [id, state]));
}

async function entriesOf(pool: Pool): Promise<readonly Entry[]> {
  const { rows } = await pool.query<{ body: string }>(
    `select body from reeve.entry where kind in ('approval.answered', 'approval.escalated', 'approval.settled') order by seq`,
  );
  return rows.map(({ body }) => JSON.parse(body) as Entry);
}

type CalendarName = keyof typeof CALENDARS;

/** Working time counted minute by minute, with local time as the runtime prints it. */
function slowly(start: number, minutes: number, name: CalendarName | null): number {
  if (name === null) return start + minutes * MINUTE;
  const { timezone: timeZone, days, from, to, holidays } = CALENDARS[name];
  const local = new Intl.DateTimeFormat('sv-SE', { timeZone, dateStyle: 'short', timeStyle: 'short' });
  const weekday = new Intl.DateTimeFormat('en-US', { timeZone, weekday: 'short' });
  let at = start;
  for (let left = minutes; left > 0; at += MINUTE) {
    const [date = '', time = ''] = local.format(at).split(' ');
    const day = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'].indexOf(weekday.format(at)) + 1;
    if (days.includes(day) && !holidays.includes(date) && time >= from && time < to) left -= 1;
  }
  return at;
}
