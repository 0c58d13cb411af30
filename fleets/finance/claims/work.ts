import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { z } from 'zod';
import type { RawEvent } from '../../../src/sdk/index.ts';
import { LOGS, TYPE_OF, type ClaimStep, type Log, type Step } from './events.ts';
import { inTimeOrder, type Dated } from './in-time-order.ts';
import { deskOf } from './units.ts';

/** As many events as the first part of the work has, without `all`. */
const FIRST_PART = 6_500;

const Row = z.object({
  case: z.string(),
  attrs: z.object({
    Amount: z.number().optional(),
    RequestedAmount: z.number().optional(),
    BudgetNumber: z.string().optional(),
    Permit_BudgetNumber: z.string().optional(),
    Project: z.string().optional(),
    OrganizationalEntity: z.string().optional(),
  }),
  events: z.array(z.tuple([z.string(), z.int()])).min(1),
});
type Row = z.infer<typeof Row>;
type Activity = Pick<ClaimStep, 'activity' | 'document' | 'step' | 'role'>;

/** The steps of all three logs in the order they happened; steps of one case at one time in the order of the log. */
export function* claimWork({ all }: { readonly all: boolean }): Generator<RawEvent> {
  let count = 0;
  for (const event of claimSteps()) {
    if (!all && count === FIRST_PART) return;
    count += 1;
    yield event;
  }
}

/** As {@link claimWork}, of the cases that `keep` names only; `subject` is `log/case`. */
export function claimSteps(keep: (subject: string) => boolean = () => true): Iterable<RawEvent> {
  const activities = z
    .array(z.string())
    .parse(JSON.parse(text('activities.json')))
    .map(readActivity);
  return inTimeOrder(LOGS.map((log) => casesOf(log, activities, keep)));
}

function* casesOf(log: Log, activities: readonly (Activity | null)[], keep: (subject: string) => boolean) {
  for (const line of text(`${log}.jsonl.gz`).split('\n')) {
    if (line === '') continue;
    const row = Row.parse(JSON.parse(line));
    if (keep(`${log}/${row.case}`)) yield eventsOf(log, row, activities);
  }
}

function eventsOf(log: Log, row: Row, activities: readonly (Activity | null)[]): readonly Dated<RawEvent>[] {
  const { Amount, RequestedAmount, BudgetNumber, Permit_BudgetNumber, Project, OrganizationalEntity } = row.attrs;
  const subject = `${log}/${row.case}`;
  const shared = {
    log,
    case: row.case,
    amount: { minor: Math.round((Amount ?? RequestedAmount ?? 0) * 100), currency: 'EUR' as const },
    budget: BudgetNumber ?? Permit_BudgetNumber ?? Project ?? null,
    unit: deskOf(OrganizationalEntity ?? row.case),
  };
  return row.events.map(([time, index], i) => {
    const activity = activities[index];
    if (activity === undefined || activity === null)
      throw new RangeError(`case \`${subject}\`: activity ${index} is none that we know`);
    const at = Date.parse(time);
    const data: ClaimStep = { ...shared, ...activity };
    const id = `${subject}/${i + 1}`;
    const type = TYPE_OF[activity.step];
    return { at, what: { id, source: `claims/${log}`, type, subject, time: new Date(at).toISOString(), data } };
  });
}

const STEP_OF: Readonly<Record<string, Step>> = {
  SUBMITTED: 'submitted',
  SAVED: 'saved',
  APPROVED: 'approved',
  FINAL_APPROVED: 'final-approved',
  REJECTED: 'rejected',
};

/** `Declaration APPROVED by BUDGET OWNER` and the like; null for those of logs that do not ship, such as `Start trip`. */
function readActivity(activity: string): Activity | null {
  if (activity === 'Request Payment') return { activity, document: 'payment', step: 'requested', role: 'SYSTEM' };
  if (activity === 'Payment Handled') return { activity, document: 'payment', step: 'handled', role: 'SYSTEM' };
  const [, document, verb = '', role = ''] = /^(.+) ([A-Z_]+) by (.+)$/.exec(activity) ?? [];
  const step = STEP_OF[verb];
  return step === undefined ? null : { activity, document: document === 'Permit' ? 'permit' : 'claim', step, role };
}

function text(name: string): string {
  const bytes = readFileSync(new URL(`./data/${name}`, import.meta.url));
  return (name.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString('utf8');
}
