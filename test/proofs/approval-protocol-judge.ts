/**
 * The judge of the proof `approval-protocol`: reads the ledger in its order, which is the order in which things happened, and has
 * the reference model take every step that it tells of. What was refused must be refused by the model in some state that stood
 * between the beginning and the end of the attempt.
 */
import type { Pool } from 'pg';
import { delegatorsOf, type Delegation } from '../../src/govern/index.ts';
import {
  difference,
  modelOf,
  next,
  type Model,
  type ModelAction,
  type ModelPerson,
} from '../../src/govern/approval/protocol.model.ts';
import {
  approverNames,
  boundDigest,
  canonical,
  derivedId,
  digestText,
  type Approval,
  type Bound,
  type Digest,
  type Entry,
  type PermitId,
  type PersonId,
  type Requirement,
} from '../../src/vocabulary/index.ts';
import type { JournalLine } from '../../src/testing/index.ts';
import { PEOPLE, TENANT } from './approval-protocol-law.ts';
import { ANSWERS, type Begun, type Ended, type Line } from './approval-protocol-log.ts';

export interface Judgement {
  readonly differences: readonly string[];
  readonly approvals: number;
  readonly states: Readonly<Record<string, number>>;
  readonly answers: Readonly<Record<string, number>>;
  readonly onBehalf: number;
  readonly escalations: number;
  readonly refusals: Readonly<Record<string, number>>;
  readonly consumed: number;
  readonly executions: number;
  /** Used, and a worker was killed before the call: never made, nor made again. */
  readonly usedNotSent: number;
  readonly published: number;
  readonly stops: number;
}

interface Seen {
  readonly seq: number;
  readonly model: Model;
  readonly bound: Digest;
}
interface Tracked {
  readonly row: Approval;
  model: Model;
  readonly history: Seen[];
}

export async function judgeRun(pool: Pool, logs: readonly Line[], journal: readonly JournalLine[]): Promise<Judgement> {
  const differences: string[] = [];
  const differs = (what: string): void => void differences.push(what);
  const rules = new Map<Digest, readonly Requirement[]>();
  const begun = new Map<string, Begun>();
  const ended = new Map<string, Ended>();
  const weighed = new Map<string, number>();
  for (const line of logs) {
    if (line.t === 'rule') rules.set(line.rule, line.requirements);
    else if (line.t === 'vote') weighed.set(line.n, line.at);
    else if (line.t === 'begin') begun.set(line.n, line);
    else ended.set(line.n, line);
  }
  const tracked = new Map<string, Tracked>();
  const rows = await approvalsOn(pool);
  const rounds = new Map<string, number>();
  const permitted = new Map<string, Entry>();
  const consumed = new Map<string, { readonly digest: Digest; readonly seq: number }>();
  const laws: { readonly seq: number; readonly law: Digest }[] = [];
  const lent = new Map<string, Delegation>();
  const lending: { readonly seq: number; readonly all: readonly Delegation[] }[] = [{ seq: 0, all: [] }];
  const answered = new Set<string>();
  const answers: Record<string, number> = {};
  const stoppedAt: number[] = [];
  let [onBehalf, escalations] = [0, 0];
  let stopped = false;

  for await (const entry of entriesOn(pool)) {
    const body = entry.body as Body;
    switch (entry.kind) {
      case 'policies.enforced':
        laws.push({ seq: entry.seq, law: body.digest });
        break;
      case 'fence.changed':
        stopped = body.stopped === true;
        if (stopped) stoppedAt.push(entry.seq);
        break;
      case 'delegation.changed':
        if (body.state === 'in-force') lent.set(body.delegation, body as unknown as Delegation);
        else lent.delete(body.delegation);
        lending.push({ seq: entry.seq, all: [...lent.values()] });
        break;
      case 'intent.parked':
        ask(entry, body);
        break;
      case 'intent.permitted':
        if (stopped) differs(`${entry.seq}: permitted while everything is stopped`);
        if (body.law?.policies !== laws.at(-1)?.law) differs(`${entry.seq}: permitted under a law that is superseded`);
        if (permitted.has(body.permit)) differs(`${entry.seq}: ${body.permit} is permitted twice`);
        permitted.set(body.permit, entry);
        break;
      case 'approval.answered':
        answer(entry, body);
        break;
      case 'approval.escalated':
        escalate(entry, body);
        break;
      case 'approval.settled':
        settle(entry, body);
        break;
      case 'approval.consumed':
        consume(entry, body);
        break;
      default:
        break;
    }
  }

  for (const { row, model } of tracked.values()) {
    const found = difference(model, row);
    if (found !== null) differs(`${row.id} on record: ${found}`);
  }
  for (const id of rows.keys()) if (!tracked.has(id)) differs(`${id} is on record, and the ledger says nothing of it`);
  for (const permit of permitted.keys()) {
    if (!consumed.has(permit)) differs(`${permit} was permitted, and no approval was used for it`);
  }
  const executions = sent();
  const refusals = refused();
  for (const { n, kind } of begun.values()) {
    const end = ended.get(n);
    if (end?.code === 'crashed') differs(`${n}: ${kind} ended in a fault: ${end.why}`);
    if (isAnswer(kind) && end?.code === 'ok' && !answered.has(n)) differs(`${n}: acknowledged, and not on record`);
    if (isAnswer(kind) && end !== undefined && end.code !== 'ok' && answered.has(n)) {
      differs(`${n}: refused as ${end.code}, and on record`);
    }
  }
  const states: Record<string, number> = {};
  for (const { row } of tracked.values()) states[row.state] = (states[row.state] ?? 0) + 1;
  return {
    differences,
    approvals: tracked.size,
    states,
    answers,
    onBehalf,
    escalations,
    refusals,
    consumed: consumed.size,
    executions,
    usedNotSent: consumed.size - executions,
    published: laws.length - 1,
    stops: stoppedAt.length,
  };

  function ask(entry: Entry, { permit, law }: Body): void {
    const round = rounds.get(permit) ?? 0;
    rounds.set(permit, round + 1);
    const id = derivedId('approval', permit as PermitId, round);
    const row = rows.get(id);
    if (row === undefined) return differs(`${entry.seq}: ${id} was asked, and is not on record`);
    const bound = row.original?.bound ?? row.bound;
    const requirements = rules.get(bound.rule);
    if (requirements === undefined) return differs(`${id}: nobody knows its rule`);
    if (bound.law !== law?.policies) differs(`${id} is bound to another law than it was judged under`);
    if (stopped) differs(`${id} was asked while everything is stopped`);
    const first = modelOf({ ...row, state: 'pending', bound, requirements });
    tracked.set(id, { row, model: first, history: [{ seq: entry.seq, model: first, bound: boundDigest(bound) }] });
  }

  function moveTo(entry: Entry, one: Tracked, to: Model): void {
    one.model = to;
    one.history.push({ seq: entry.seq, model: to, bound: boundDigest(to.bound) });
  }

  function answer(entry: Entry, body: Body): void {
    const one = tracked.get(body.approval);
    const attempt = begun.get(body.reason);
    if (one === undefined || attempt === undefined) return differs(`${entry.seq}: an answer that nobody gave`);
    if (answered.has(attempt.n)) differs(`${entry.seq}: ${attempt.n} is on record twice`);
    answered.add(attempt.n);
    answers[body.answer] = (answers[body.answer] ?? 0) + 1;
    if (body.onBehalfOf !== null) onBehalf += 1;
    if (body.person !== attempt.person || body.approval !== attempt.approval || body.answer !== attempt.kind) {
      differs(`${entry.seq}: another answer than ${attempt.n} was`);
    }
    const before = one.model;
    if (body.bound !== boundDigest(before.bound))
      differs(`${entry.seq}: answers another question than the one that stands`);
    // A withdrawal leaves no vote with a time; nor does an edit by somebody whom the edited act does not ask.
    const at = weighed.get(attempt.n) ?? attempt.at;
    if (at < attempt.at || at > Date.parse(entry.at))
      differs(`${entry.seq}: weighed before it began, or after its end`);
    const action = actionOf(body, attempt);
    if (action === null) return differs(`${entry.seq}: nobody knows the rule of the edit`);
    const taken = contextsOf(attempt, entry.seq - 1, [at], body.dwellSeconds)
      .map((who) => next(before, action, who))
      .find((to) => to !== before && saysTheSame(before, to, body));
    if (taken === undefined) {
      differs(
        `${entry.seq}: ${body.answer} by ${body.person} on behalf of ${body.onBehalfOf}, which the model does not take so`,
      );
      return;
    }
    moveTo(entry, one, taken);
  }

  function escalate(entry: Entry, body: Body): void {
    const one = tracked.get(body.approval);
    if (one === undefined) return differs(`${entry.seq}: escalates what was never asked`);
    escalations += 1;
    const at = body.at as number;
    if (Date.parse(entry.at) < at) differs(`${entry.seq}: escalated before it is due`);
    // Two that are due at the same moment are one step of the model and two entries.
    const isNew = one.model.toCome.some(
      (coming) => coming.at === at && coming.policy === body.policy && coming.to === body.to,
    );
    if (isNew) moveTo(entry, one, next(one.model, { kind: 'escalate', now: at }));
    const made = one.model.letIn.some(
      ({ policy, stage, name }) => policy === body.policy && stage === body.stage && name === body.to,
    );
    if (!made) differs(`${entry.seq}: an escalation that the model does not make`);
  }

  function settle(entry: Entry, body: Body): void {
    const one = tracked.get(body.approval);
    if (one === undefined) return differs(`${entry.seq}: settles what was never asked`);
    const { model } = one;
    if (body.state === 'void') {
      moveTo(entry, one, next(model, { kind: 'void' }));
      const byLaw = (body.fields as string[]).includes('law');
      // Of an edited act both are compared: what was asked first, and what takes its place.
      const asked = [model.bound.law, one.row.original?.bound.law ?? model.bound.law];
      if (byLaw && asked.every((law) => law === laws.at(-1)?.law)) differs(`${entry.seq}: void for a law that stands`);
    } else if (body.state === 'expired') {
      moveTo(entry, one, next(model, { kind: 'expire', now: Date.parse(entry.at) }));
    }
    if (one.model.state !== body.state) differs(`${entry.seq}: ${body.state}, and should be ${one.model.state}`);
  }

  function consume(entry: Entry, body: Body): void {
    const one = tracked.get(body.approval);
    const by = permitted.get(body.permit);
    if (one === undefined || by === undefined) return differs(`${entry.seq}: used for nothing that was permitted`);
    const { model } = one;
    const { bound } = model;
    const intent = by.body as Body;
    const boundNow = {
      ...bound,
      tenant: by.tenant,
      run: by.run,
      agent: by.agent,
      step: intent.step,
      agentVersion: intent.agentVersion,
      tool: intent.tool,
      toolDigest: intent.toolDigest,
      amount: intent.amount,
      resource: intent.resource,
      label: intent.label,
      law: laws.at(-1)?.law,
      argumentsText: digestText(bound.argumentsText) === intent.argumentsDigest ? bound.argumentsText : 'another',
    } as Bound;
    moveTo(entry, one, next(model, { kind: 'consume', boundNow, now: Date.parse(entry.at), single: false }));
    if (one.model.state !== 'consumed') differs(`${entry.seq}: used, and the model refuses (${model.state})`);
    if (by.seq !== entry.seq - 1) differs(`${entry.seq}: used elsewhere than where it was permitted`);
    if (consumed.has(body.permit)) differs(`${entry.seq}: two approvals were used for ${body.permit}`);
    consumed.set(body.permit, { digest: intent.argumentsDigest as Digest, seq: entry.seq });
  }

  /** What the simulated bank has in its own journal, which honours no key. */
  function sent(): number {
    const count = new Map<string, number>();
    for (const { collection, key, digest } of journal) {
      if (collection !== 'wires') continue;
      const used = consumed.get(key ?? '');
      if (used === undefined) differs(`a transfer under ${key}, for which no approval was used`);
      else if (used.digest !== digest) differs(`the transfer under ${key} is not what was approved`);
      count.set(key ?? '', (count.get(key ?? '') ?? 0) + 1);
    }
    for (const [key, times] of count) if (times > 1) differs(`${times} transfers under ${key}`);
    return count.size;
  }

  function refused(): Readonly<Record<string, number>> {
    const refusals: Record<string, number> = {};
    for (const attempt of begun.values()) {
      const end = ended.get(attempt.n);
      if (!isAnswer(attempt.kind) || end === undefined || end.code === 'ok' || end.code === 'crashed') continue;
      refusals[end.code] = (refusals[end.code] ?? 0) + 1;
      const one = tracked.get(attempt.approval ?? '');
      if (one === undefined) {
        differs(`${attempt.n}: refused about what was never asked`);
        continue;
      }
      const last = one.history.findLastIndex(({ seq }) => seq <= attempt.seq);
      const states = one.history.filter(({ seq }, i) => i >= last && seq <= end.seq);
      if (!states.some((state) => isRefusedIn(state, attempt, end))) {
        differs(`${attempt.n}: ${attempt.kind} refused as ${end.code} (${end.why}), which the model takes`);
      }
    }
    return refusals;
  }

  function isRefusedIn({ model, bound }: Seen, attempt: Begun, end: Ended): boolean {
    if (end.code === 'changed-meanwhile') return bound !== attempt.digest;
    if (attempt.kind === 'edit' && attempt.forbidden === true) return true;
    // What is stopped cannot be edited either: that is the law's answer, and it may be a moment old.
    if (attempt.kind === 'edit' && end.why?.includes('stopped-everything') === true)
      return stoppedAt.some((at) => at <= end.seq);
    const { shownAt = null } = attempt;
    const dwell = shownAt === null ? null : Math.max(0, Math.floor((attempt.at - shownAt) / 1_000));
    const action: ModelAction =
      attempt.kind === 'edit'
        ? {
            kind: 'edit',
            ...(attempt.onBehalfOf !== undefined && { onBehalfOf: attempt.onBehalfOf }),
            newBound: { ...model.bound, argumentsText: attempt.argumentsText ?? '', nonce: 'new' },
            requirements: model.rules,
            verdict: 'needs-approval',
          }
        : plain(attempt);
    return contextsOf(attempt, end.seq, [attempt.at, end.at], dwell).some((who) => {
      const to = next(model, action, who);
      return (
        to === model ||
        (canonical(to.ballots) === canonical(model.ballots) && to.state === model.state && to.bound === model.bound)
      );
    });
  }

  /** Everything that may have been true of who answers, between the beginning and the end. */
  function contextsOf(
    attempt: Begun,
    upTo: number,
    times: readonly number[],
    dwellSeconds: number | null,
  ): readonly ModelPerson[] {
    const by = PEOPLE.find(({ person }) => person === attempt.person);
    if (by === undefined) return [];
    const last = lending.findLastIndex(({ seq }) => seq <= attempt.seq);
    const states = lending.filter(({ seq }, i) => i >= last && seq <= upTo);
    return states.flatMap(({ all }) =>
      times.map((now): ModelPerson => ({
        principal: by,
        names: approverNames(by, TENANT),
        delegators: delegatorsOf(by.person, all, namesOf, now).map(({ person, names, through }) => ({
          person,
          names,
          teams: teamsOf(person),
          through: through.map((one) => ({ person: one, teams: teamsOf(one) })),
        })),
        now,
        dwellSeconds,
        single: false,
        singleDelayMs: 0,
      })),
    );
  }

  function actionOf(body: Body, attempt: Begun): ModelAction | null {
    if (attempt.kind !== 'edit') return plain(attempt);
    const { arguments: given, digest: _, argumentsDigest: _a, ...rest } = body.edited as Record<string, unknown>;
    const newBound = { ...rest, argumentsText: canonical(given as never) } as Bound;
    const requirements = rules.get(newBound.rule);
    if (requirements === undefined) return null;
    const verdict = requirements.length === 0 ? 'permitted' : 'needs-approval';
    const { onBehalfOf } = attempt;
    return { kind: 'edit', ...(onBehalfOf !== undefined && { onBehalfOf }), newBound, requirements, verdict };
  }
}

function plain({ kind, onBehalfOf, n }: Begun): ModelAction {
  const lent = onBehalfOf === undefined ? {} : { onBehalfOf };
  return kind === 'decline'
    ? { kind, reason: n, ...lent }
    : kind === 'withdraw'
      ? { kind }
      : { kind: 'approve', ...lent };
}

/** What the entry says that it counts for is what the model counts. */
function saysTheSame(before: Model, to: Model, body: Body): boolean {
  const old = body.answer === 'edit' ? [] : before.ballots;
  const counted = to.ballots
    .filter((one) => !old.includes(one))
    .map(({ policy, stage }) => `${policy} ${stage}`)
    .sort();
  const said = body.counts.map(({ policy, stage }) => `${policy} ${stage}`).sort();
  if (body.answer === 'withdraw') return to.ballots.length < before.ballots.length;
  if (body.answer === 'decline') return true;
  const rights = to.ballots
    .filter((one) => !old.includes(one))
    .map(({ person, right }) => (person === right ? null : right));
  return counted.join() === said.join() && rights.every((right) => right === body.onBehalfOf);
}

const BY_PERSON = new Map(PEOPLE.map((one) => [one.person, one]));
const teamsOf = (person: PersonId): readonly string[] => BY_PERSON.get(person)?.teams ?? [];
const namesOf = (person: PersonId): readonly string[] => {
  const one = BY_PERSON.get(person);
  return one === undefined ? [] : approverNames(one, TENANT);
};

function isAnswer(kind: string): boolean {
  return (ANSWERS as readonly string[]).includes(kind);
}

/** As much of an entry's body as is read here. */
interface Body {
  readonly [field: string]: unknown;
  readonly approval: string;
  readonly permit: string;
  readonly delegation: string;
  readonly digest: Digest;
  readonly reason: string;
  readonly answer: string;
  readonly person: PersonId;
  readonly onBehalfOf: PersonId | null;
  readonly bound: Digest;
  readonly counts: readonly { readonly policy: string; readonly stage: number }[];
  readonly dwellSeconds: number | null;
  readonly law?: { readonly policies: Digest };
}

async function approvalsOn(pool: Pool): Promise<ReadonlyMap<string, Approval>> {
  const { rows } = await pool.query<{ id: string; rev: number; state: Approval['state']; content: object }>(
    'select id, rev, state, content from reeve.approval',
  );
  return new Map(rows.map(({ id, rev, state, content }) => [id, { ...content, id, rev, state } as Approval]));
}

const KINDS = [
  'policies.enforced',
  'fence.changed',
  'delegation.changed',
  'intent.parked',
  'intent.permitted',
  'approval.answered',
  'approval.escalated',
  'approval.settled',
  'approval.consumed',
];
const PAGE = 5_000;

async function* entriesOn(pool: Pool): AsyncGenerator<Entry> {
  for (let after = 0; ;) {
    const { rows } = await pool.query<{ body: string }>(
      'select body from reeve.entry where seq > $1 and kind = any($2) order by seq limit $3',
      [after, KINDS, PAGE],
    );
    for (const { body } of rows) {
      const entry = JSON.parse(body) as Entry;
      after = entry.seq;
      yield entry;
    }
    if (rows.length < PAGE) return;
  }
}
