/**
 * One process of workers for the proof `approval-protocol`, to be killed: its own pool, writer, desk, gate and actor on a record
 * that others write at the same time. Takes random steps until stdin ends; says on stdout how many it has taken.
 *
 * `--database URL --systems URL --log FILE --seed N --lanes N [--plant NAME]`: a plant is a fault put in for the control.
 */
import { openSync, writeSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import pg from 'pg';
import { createActor } from '../../src/act/index.ts';
import { createApprovalRecords } from '../../src/fabric/approvals/approval-rows.ts';
import { createApprovals, peopleOnRecord } from '../../src/fabric/approvals/start.ts';
import { createReservations } from '../../src/fabric/budgets/reservations.ts';
import { createDocuments, revise } from '../../src/fabric/documents.ts';
import { createTemplates, type Task } from '../../src/fabric/index.ts';
import { intend } from '../../src/fabric/intend.ts';
import { createLiveWorld } from '../../src/fabric/live-world.ts';
import { createRecords } from '../../src/fabric/records.ts';
import { readStanding } from '../../src/fabric/standing.ts';
import { createRegistry } from '../../src/fleet/index.ts';
import { createJudge, createPermits, type Delegation } from '../../src/govern/index.ts';
import { openPool } from '../../src/host/index.ts';
import { Conflict, openWriter, type Change, type LedgerWriter } from '../../src/ledger/index.ts';
import { fleet } from '../../src/sdk/index.ts';
import { SYSTEMS } from '../../src/testing/index.ts';
import {
  boundDigest,
  canonical,
  derivedId,
  digest,
  isFault,
  messageOf,
  NO_TRAIL,
  systemClock,
  type Approval,
  type ApprovalId,
  type Document,
  type Permit,
  type Run,
  type RunId,
} from '../../src/vocabulary/index.ts';
import {
  AMOUNTS,
  bookOf,
  FORBIDDEN_AMOUNT,
  FREE_AMOUNT,
  lawsOfProof,
  PEOPLE,
  TENANT,
} from './approval-protocol-law.ts';
import type { AnswerKind, Begun, Line, StepKind } from './approval-protocol-log.ts';
import { clerk, wire, type Wire } from './approval-world.ts';
import { randomFrom } from './random.ts';

const { values } = parseArgs({
  options: {
    database: { type: 'string' },
    systems: { type: 'string' },
    log: { type: 'string' },
    seed: { type: 'string' },
    lanes: { type: 'string' },
    plant: { type: 'string' },
  },
});
const url = values.database ?? '';
const name = `w${values.seed}`;
/** So many are open at once, so that workers meet. */
const OPEN = 60;
const SAY_EVERY = 20;
/** How long a process keeps its turn while it has something to append. */
const TURN_MS = 100;
const LABEL = { integrity: 'trusted', confidentiality: 'internal', origins: ['tests'] } as const;
const DELIBERATION = {
  known: { facts: {}, evidence: [], label: LABEL },
  thought: { decided: { output: {}, row: null, digest: digest({}) }, proposals: [] },
};
const WEIGHTS: readonly (readonly [StepKind, number])[] = [
  ['approve', 400],
  ['decline', 15],
  ['withdraw', 110],
  ['edit', 90],
  ['look', 60],
  ['delegate', 25],
  ['revoke', 20],
  ['sweep', 60],
  ['publish', 1],
  ['stop', 1],
  ['lift', 2],
  ['execute', 220],
  ['execute-again', 15],
];

/** There is nothing yet to take this step on. */
class Misfit extends Error {}

const random = randomFrom(Number(values.seed));
const log = openSync(values.log ?? '', 'a');
const clock = systemClock;
const pool = openPool(url, { connections: 6 });
const writer = planted(logged(await taking(await openWriter({ url, clock }))));
const laws = lawsOfProof();
const book = bookOf(laws);
const registry = createRegistry([fleet('home', { tenant: TENANT, agents: [clerk], work: () => [] })]);
let standing = await readStanding(pool, book);
const reload = async (): Promise<void> => {
  const read = await readStanding(pool, book);
  if (read.number >= standing.number) standing = read;
};
const records = createRecords(pool);
const documents = createDocuments(pool);
const approvalRecords = createApprovalRecords(pool);
const judge = createJudge();
const permits = createPermits();
const actor = createActor({
  systems: Object.fromEntries(SYSTEMS.map((system) => [system, { baseUrl: `${values.systems}/${system}` }])),
  clock,
  publish: () => Promise.reject(new Error('nothing is published here')),
  spend: (permit: Permit) => permits.spend(permit),
});
const offered = new Set<RunId>();
const shared = {
  registry,
  writer,
  pool,
  judge,
  permits,
  clock,
  environment: 'development',
  reservations: createReservations({ clock }),
  standing: () => standing,
  reload,
  approvals: approvalRecords,
  revision: () => Promise.resolve('1'),
} as const;
const world = createLiveWorld({
  ...shared,
  past: { before: () => Promise.resolve([]) },
  templates: createTemplates(),
  actor,
  underWay: new Map(),
});
const desk = createApprovals({
  ...shared,
  records,
  documents,
  offer: (run: Run) => void offered.add(run.id),
  room: () => Promise.resolve(),
  peopleOf: peopleOnRecord(documents),
  singleDelayMs: 60_000,
  onTrouble: (what) => process.stderr.write(`trouble: ${what}\n`),
});

let open: readonly { id: ApprovalId; run: RunId; state: string }[] = [];
let steps = 0;
let made = 0;
let ending = false;
process.stdin.on('end', () => (ending = true)).resume();
const refresh = setInterval(() => void lookAround().catch(trouble), 200);
await lookAround();
await Promise.all(Array.from({ length: Number(values.lanes) }, () => lane()));
clearInterval(refresh);
desk.stop();
await desk.settled();
await actor.stop();
await writer.close();
await pool.end();
say();

async function lookAround(): Promise<void> {
  const { rows } = await pool.query<{ id: ApprovalId; run: RunId; state: string }>(
    `select id, run, state from reeve.approval where due_at is not null
     union all (select id, run, state from reeve.approval where due_at is null order by asked_at desc limit 12)`,
  );
  open = rows;
}

async function lane(): Promise<void> {
  while (!ending) {
    const stillOpen = open.filter(({ state }) => state === 'pending' || state === 'approved').length;
    const kind = stillOpen < OPEN && random.hit(0.4) ? 'request' : drawn();
    try {
      await step(kind);
    } catch (error) {
      trouble(error);
    }
    steps += 1;
    if (steps % SAY_EVERY === 0) say();
  }
}

function drawn(): StepKind {
  let left = random.below(WEIGHTS.reduce((sum, [, weight]) => sum + weight, 0));
  return WEIGHTS.find(([, weight]) => (left -= weight) < 0)?.[0] ?? 'sweep';
}

function step(kind: StepKind): Promise<void> {
  switch (kind) {
    case 'approve':
    case 'decline':
    case 'edit':
    case 'withdraw':
      return answer(kind);
    case 'request':
      return attempt({ kind }, request);
    case 'look':
      return attempt({ kind }, async () => void (await desk.open(random.pick(PEOPLE), anyOpen().id)));
    case 'delegate':
      return attempt({ kind }, async (n) => {
        const [from, to] = [random.pick(PEOPLE), random.pick(PEOPLE)];
        const until = clock.now() + 1_000 + random.below(30_000);
        await desk.delegations.lend(from, { to: to.person, tenant: TENANT, until, reason: n });
      });
    case 'revoke':
      return attempt({ kind }, async (n) => {
        const running = await desk.delegations.running(TENANT);
        if (running.length === 0) return;
        const one = random.pick(running);
        const lender = PEOPLE.find(({ person }) => person === one.content.from) ?? random.pick(PEOPLE);
        await desk.delegations.revoke(lender, one.id, n);
      });
    case 'sweep':
      return attempt({ kind }, async () => {
        await reload();
        await desk.sweep();
        for (const one of await documents.due(clock.now(), 100)) {
          if (one.kind === 'delegation') await desk.delegations.due(one as Document<Delegation>);
        }
      });
    case 'publish':
      return attempt({ kind }, publish);
    case 'stop':
      return attempt({ kind }, () => fence(true));
    case 'lift':
      return attempt({ kind }, () => fence(false));
    case 'execute':
    case 'execute-again': {
      const run = offered.values().next().value ?? anyOpen().run;
      offered.delete(run);
      return attempt({ kind }, () => execute(run, kind === 'execute-again'));
    }
  }
}

function anyOpen(): (typeof open)[number] {
  if (open.length === 0) throw new Misfit();
  return random.pick(open);
}

async function answer(kind: AnswerKind): Promise<void> {
  const approval = await approvalRecords.find(anyOpen().id);
  if (approval === null) return;
  const by = random.pick(PEOPLE);
  const toOther = kind === 'edit' ? edited(approval) : null;
  // Now and then the answer is to a question that is no more.
  const digestSeen = random.hit(0.03) ? digest('another') : boundDigest(approval.bound);
  const own = kind === 'withdraw' || random.hit(0.6);
  const onBehalfOf = own ? undefined : random.hit(0.5) ? null : random.pick(PEOPLE).person;
  const shownAt = (await shown(approval, by.person)) ?? null;
  const about = {
    kind,
    approval: approval.id,
    person: by.person,
    digest: digestSeen,
    shownAt,
    ...(onBehalfOf !== undefined && { onBehalfOf }),
    ...(toOther !== null && { argumentsText: canonical(toOther), forbidden: toOther.minor === FORBIDDEN_AMOUNT }),
  };
  await attempt(about, async (reason) => {
    const common = { digest: digestSeen, reason };
    switch (kind) {
      case 'approve':
      case 'decline':
        return void (await desk.answer(by, approval.id, { kind, ...common, onBehalfOf }));
      case 'withdraw':
        return void (await desk.answer(by, approval.id, { kind, ...common }));
      case 'edit':
        return void (await desk.answer(by, approval.id, { kind, ...common, arguments: toOther as Wire, onBehalfOf }));
    }
  });
}

function edited({ bound }: Approval): Wire {
  const given = JSON.parse(bound.argumentsText) as Wire;
  if (random.hit(0.05)) return given;
  const minor = random.hit(0.05) ? FORBIDDEN_AMOUNT : random.pick([...AMOUNTS, FREE_AMOUNT]);
  return { ...given, minor, memo: `edited ${(made += 1)}` };
}

async function shown(approval: Approval, person: string): Promise<number | undefined> {
  const { rows } = await pool.query<{ at: Date }>(
    'select at from reeve.shown where approval = $1 and person = $2 and bound = $3',
    [approval.id, person, boundDigest(approval.bound)],
  );
  return rows[0]?.at.getTime();
}

async function request(): Promise<void> {
  const id = derivedId('event', name, process.pid, (made += 1));
  const data = { case: `case-${id}`, minor: random.pick(AMOUNTS), currency: 'EUR', memo: 'as agreed' };
  const principal = random.hit(0.5) ? random.pick(PEOPLE).person : null;
  const run = derivedId('run', id, clerk.name);
  const { tenant, name: agent, version } = clerk;
  const subject = data.case;
  await writer.append({
    entries: [{ kind: 'event.admitted', tenant, run: null, agent: null, body: { event: id } }],
    events: [
      {
        entry: 0,
        id,
        tenant,
        type: 'case.given',
        source: 'tests',
        source_id: id,
        subject,
        time: new Date(clock.now()).toISOString(),
        data: canonical(data),
        data_digest: digest(data),
        label: LABEL,
        dedupe_key: id,
        principal,
        root: null,
        depth: 0,
        trail: null,
      },
    ],
    runs: [{ entry: 0, id: run, tenant, agent, agent_version: version, event: id, subject }],
  });
  await execute(run, false);
}

/** As the loop does it: presented at the gate, and carried out when it passes. `again`: as if it still waited, whatever the record says. */
async function execute(id: RunId, again: boolean): Promise<void> {
  const found = (await records.openRuns([id])).get(id);
  if (found === undefined) return;
  const effects = (await records.effectsOf([id])).get(id);
  const effect = effects?.get(0);
  if (effect !== undefined && effect.state !== 'waiting' && !again) return;
  const task: Task = {
    ...found,
    agent: clerk,
    ...(effect !== undefined && { effects: new Map([[0, { ...effect, state: 'waiting' }]]) }),
  };
  const proposal = wire.with(found.event.data as Wire, 'told so');
  const intent = intend(task, 0, proposal, DELIBERATION as never, NO_TRAIL);
  const passage = await world.pass(task, intent, proposal, DELIBERATION as never);
  if (passage.kind !== 'permitted') return;
  const outcome = await world.perform(passage.permit, wire);
  const state = outcome.kind === 'done' ? 'done' : outcome.kind === 'failed' ? 'failed' : 'waiting';
  await world.record(
    task,
    { kind: 'performed', permit: passage.permit.id, outcome, settled: false },
    { state, why: outcome.kind === 'done' ? '' : outcome.kind },
  );
}

async function publish(): Promise<void> {
  const sets = await documents.list<object>('policy-set');
  const from = sets.find(({ state }) => state === 'enforced');
  const to = random.pick(sets.filter((one) => one !== from));
  if (from === undefined) throw new Error('no set is enforced');
  await writer.append({
    entries: [{ kind: 'policies.enforced', tenant: TENANT, run: null, agent: null, body: { digest: to.id } }],
    documents: [
      revise(from, { state: 'retired', content: from.content }),
      revise(to, { state: 'enforced', content: to.content }),
    ],
    changesLaw: true,
  });
  await reload();
  desk.reconsider();
}

async function fence(stopped: boolean): Promise<void> {
  await reload();
  const last = standing.fences.get('everything');
  if ((last?.stopped ?? false) === stopped) return;
  const row = { scope: 'everything', stopped, epoch: (last?.epoch ?? 0) + 1, reason: 'proof' };
  await writer.append({
    entries: [{ kind: 'fence.changed', tenant: TENANT, run: null, agent: null, body: row }],
    fences: [row],
    changesLaw: true,
  });
  await reload();
  if (!stopped) return;
  await sleep(50 + random.below(150));
  await fence(false);
}

/** Says in the log before and after it where the ledger stands. */
async function attempt(about: Omit<Begun, 't' | 'n' | 'seq' | 'at'>, work: (n: string) => Promise<void>) {
  const n = `${name}-${(made += 1)}`;
  const begun = { seq: await head(), at: clock.now() };
  note({ t: 'begin', n, ...begun, ...about });
  let code = 'ok';
  let why = '';
  try {
    await work(n);
  } catch (error) {
    if (error instanceof Misfit) code = 'nothing';
    else if (isFault(error)) code = error.code;
    else if (error instanceof Conflict) code = `conflict-${error.on}`;
    else {
      code = 'crashed';
      trouble(error);
    }
    why = messageOf(error).slice(0, 200);
  }
  note({ t: 'end', n, seq: await head(), at: clock.now(), code, ...(why !== '' && { why }) });
}

async function head(): Promise<number> {
  const { rows } = await pool.query<{ seq: string }>('select seq from reeve.head');
  return Number(rows[0]?.seq);
}

function note(line: Line): void {
  writeSync(log, `${JSON.stringify(line)}\n`);
}

function trouble(error: unknown): void {
  if (error instanceof Misfit) return;
  process.stderr.write(`trouble: ${error instanceof Error ? error.stack : messageOf(error)}\n`);
}

function say(): void {
  process.stdout.write(`${JSON.stringify({ steps })}\n`);
}

/** Who has to answer is on record by its digest only, once somebody edits: it is noted before it goes there. */
function logged(real: LedgerWriter): LedgerWriter {
  const known = new Set<string>();
  return {
    ...real,
    append(change, options) {
      for (const { content } of [...(change.approvals ?? []), ...(change.approvalMoves ?? [])]) {
        const { bound, requirements, votes } = content as Approval;
        const vote = votes.at(-1);
        if (vote !== undefined && change.entries.length > 0) note({ t: 'vote', n: vote.reason, at: vote.at });
        const used = change.entries.some(({ kind }) => kind === 'approval.consumed');
        if (used) note({ t: 'vote', n: (content as Approval).permit, at: clock.now() });
        if (known.has(bound.rule)) continue;
        known.add(bound.rule);
        note({ t: 'rule', rule: bound.rule, requirements });
      }
      return real.append(change, options);
    },
  };
}

/**
 * Several writers take the head from one another, and who loses connects anew: the slowest would never get through. So most of
 * what is appended waits its turn; one in a hundred does not, and what is decided meanwhile never does.
 */
async function taking(real: LedgerWriter): Promise<LedgerWriter> {
  const turn = new pg.Client({ connectionString: url });
  turn.on('error', () => undefined);
  await turn.connect();
  let waiting: (() => Promise<unknown>)[] = [];
  let taken: Promise<void> | null = null;
  const takeTurns = async (): Promise<void> => {
    while (waiting.length > 0) {
      await turn.query('select pg_advisory_lock(1)');
      const until = performance.now() + TURN_MS;
      while (performance.now() < until) {
        const mine = waiting;
        waiting = [];
        await Promise.all(mine.map((one) => one()));
        if (waiting.length === 0) await sleep(2);
        if (waiting.length === 0) break;
      }
      await turn.query('select pg_advisory_unlock(1)');
    }
    taken = null;
  };
  return {
    ...real,
    append(change, options) {
      if (random.hit(0.01)) return real.append(change, options);
      return new Promise((resolve, reject) => {
        waiting.push(() => real.append(change, options).then(resolve, reject));
        taken ??= takeTurns();
      });
    },
    async close() {
      await taken;
      await turn.end();
      await real.close();
    },
  };
}

/** The controls. */
function planted(real: LedgerWriter): LedgerWriter {
  switch (values.plant) {
    case undefined:
      return real;
    // An answer that was taken back still counts.
    case 'withdrawals': {
      const before = new Map<string, Approval['votes']>();
      return withMoves(real, (row, change) => {
        const content = row.content as Approval;
        const isWithdrawal = change.entries.some(({ body }) => (body as { answer?: string }).answer === 'withdraw');
        const votes = isWithdrawal ? (before.get(row.id) ?? content.votes) : content.votes;
        before.set(row.id, votes);
        return { ...row, content: { ...content, votes } };
      });
    }
    // What others have done meanwhile is written over.
    case 'rev':
      return {
        ...real,
        async append(change, options) {
          try {
            return await real.append(change, options);
          } catch (error) {
            const [row] = change.approvalMoves ?? [];
            if (!(error instanceof Conflict && error.on === 'rev') || row === undefined) throw error;
            const { rows } = await pool.query<{ rev: number }>('select rev from reeve.approval where id = $1', [
              row.id,
            ]);
            return real.append({ ...change, approvalMoves: [{ ...row, rev: (rows[0]?.rev ?? 0) + 1 }] }, options);
          }
        },
      };
    // The end of its time approves it.
    case 'silence':
      return withMoves(real, (row) => (row.state === 'expired' ? { ...row, state: 'approved' } : row));
    default:
      throw new Error(`there is no plant \`${values.plant}\``);
  }
}

type Move = NonNullable<Change['approvalMoves']>[number];
function withMoves(real: LedgerWriter, change: (row: Move, whole: Change) => Move): LedgerWriter {
  return {
    ...real,
    append: (whole, options) =>
      real.append(
        whole.approvalMoves === undefined
          ? whole
          : { ...whole, approvalMoves: whole.approvalMoves.map((row) => change(row, whole)) },
        options,
      ),
  };
}
