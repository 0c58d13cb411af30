/**
 * A platform on a clock that is moved by hand, to be killed: takes orders as lines of JSON on stdin, answers on stdout, ends when
 * stdin does.
 *
 * `--data-dir DIR --systems URL --now MS [--release N] [--first-version] [--plant]`: `--first-version` makes the database as the
 * first version of the platform left it, before it is migrated and started; `--plant` puts in the faults of the control.
 */
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';
import { policiesWereSigned, startFabric } from '../../src/fabric/index.ts';
import { migrate, MIGRATIONS } from '../../src/host/migrate.ts';
import { openNotes, openPool, openSecretBox, readConfig, startHost } from '../../src/host/index.ts';
import { openPolicyKey, openWriter, type Change, type LedgerWriter } from '../../src/ledger/index.ts';
import { handMovedClock, SYSTEMS } from '../../src/testing/index.ts';
import {
  boundDigest,
  canonical,
  derivedId,
  digest,
  digestText,
  messageOf,
  type Approval,
  type ApprovalId,
} from '../../src/vocabulary/index.ts';
import {
  AMOUNT_OF,
  bearer,
  EVENT,
  fleetOfDays,
  pay,
  policiesOfDays,
  RULE_NAMES,
  TENANT,
} from './approval-days-fleet.ts';

export type Order =
  /** Moves the clock, and does what is due; the answer is when something is due next. */
  | { readonly do: 'tick'; readonly at: number }
  | { readonly do: 'ask'; readonly bills: readonly number[] }
  | { readonly do: 'answer'; readonly bill: string; readonly kind: 'approve' | 'decline'; readonly as: string }
  | { readonly do: 'latest'; readonly bill: string };
/** What stands about a bill. */
export interface Latest {
  readonly approvals: readonly { id: string; state: string; digest: string; why: string; round: number | null }[];
}
export type Said =
  | { readonly ready: { readonly databaseUrl: string } }
  | { readonly done: number; readonly due?: number | null; readonly latest?: Latest }
  | { readonly failed: number; readonly why: string };

/** How late the control's escalations are. */
const LATE_MS = 60_000;

const { values } = parseArgs({
  options: {
    'data-dir': { type: 'string' },
    systems: { type: 'string' },
    now: { type: 'string' },
    release: { type: 'string', default: '1' },
    'first-version': { type: 'boolean', default: false },
    plant: { type: 'boolean', default: false },
  },
});
const clock = handMovedClock(Number(values.now));
const host = await startHost(readConfig({}, { dataDir: values['data-dir'] ?? '' }));
const fleet = fleetOfDays(values.release);
if (values['first-version']) await writeAsFirstVersion();
await migrate(host.databaseUrl);
const pool = openPool(host.databaseUrl, { connections: 10 });
const real = await openWriter({ url: host.databaseUrl, clock });
const writer = values.plant ? planted(real) : real;
const fabric = await startFabric({
  fleets: [fleet],
  policies: policiesOfDays(),
  signer: await openPolicyKey({ dir: host.folder.at('keys'), signed: await policiesWereSigned(pool) }),
  pool,
  writer,
  clock,
  engine: { ...host.engine, servicePort: await host.choosePort('runs', 9_070) },
  limits: { maxQueued: 20_000, perTenant: 200, perAgent: 200, inAll: 200 },
  systems: Object.fromEntries(SYSTEMS.map((system) => [system, { baseUrl: `${values.systems}/${system}` }])),
  stops: openNotes(host.folder.at('stops')),
  secrets: await openSecretBox(host.folder.at('keys', 'secrets')),
  callsPerTool: 100,
  environment: 'development',
  version: values.release,
  onTrouble: (what) => process.stderr.write(`trouble: ${what}\n`),
});
say({ ready: { databaseUrl: host.databaseUrl } });

createInterface({ input: process.stdin })
  .on('line', (line) => {
    const { id, ...order } = JSON.parse(line) as Order & { id: number };
    carryOut(order).then(
      (said) => say({ done: id, ...said }),
      (error: unknown) => say({ failed: id, why: messageOf(error) }),
    );
  })
  .on('close', () => void stop());

async function carryOut(order: Order): Promise<{ due?: number | null; latest?: Latest }> {
  switch (order.do) {
    case 'tick': {
      clock.set(order.at);
      await fabric.sweep();
      // One that was under way when the clock was moved may have looked at it before.
      await fabric.sweep();
      await fabric.idle();
      const { rows } = await pool.query<{ due: Date | null }>('select min(due_at) as due from reeve.approval');
      return { due: rows[0]?.due?.getTime() ?? null };
    }
    case 'ask': {
      await Promise.all(order.bills.map((n) => fabric.receive(billEvent(n), bringer())));
      await fabric.idle();
      return {};
    }
    case 'answer': {
      const approval = (await about(order.bill)).at(-1);
      if (approval?.content === null || approval === undefined) throw new Error(`nobody was asked about ${order.bill}`);
      const bound = boundDigest((approval.content as unknown as Approval).bound);
      const by = bearer(order.as);
      await fabric.approvals.answer(by, approval.id, { kind: order.kind, digest: bound, reason: `by ${order.as}` });
      return {};
    }
    case 'latest': {
      await fabric.idle();
      const rows = await about(order.bill);
      return {
        latest: {
          approvals: rows.map(({ id, state, intent_digest, content }) => ({
            id,
            state,
            digest: intent_digest,
            why: content?.why ?? '',
            round: content?.round ?? null,
          })),
        },
      };
    }
  }
}

async function about(bill: string) {
  const { rows } = await pool.query<{
    id: ApprovalId;
    state: string;
    intent_digest: string;
    content: { why: string; round: number } | null;
  }>(
    `select a.id, a.state, a.intent_digest, a.content from reeve.approval a join reeve.run r on r.id = a.run
     where r.subject = $1 order by a.seq`,
    [bill],
  );
  return rows;
}

function billEvent(n: number) {
  const bill = `bill-${n}`;
  const data = { bill, minor: AMOUNT_OF[RULE_NAMES[n % RULE_NAMES.length] ?? 'quick'] };
  return { specversion: '1.0', id: bill, source: 'proof', type: EVENT, subject: bill, data };
}

function bringer() {
  return {
    tenant: TENANT,
    label: { integrity: 'trusted', confidentiality: 'internal', origins: ['proof'] },
    receivedAt: new Date(clock.now()).toISOString(),
    principal: null,
  } as const;
}

async function stop(): Promise<void> {
  await fabric.stop();
  await writer.close();
  await pool.end();
  await host.stop();
  process.exit(0);
}

function say(said: Said): void {
  process.stdout.write(`${JSON.stringify(said)}\n`);
}

/** The control: what nobody answered is approved in the end, and whom it is escalated to learns it late. */
function planted(writer: LedgerWriter): LedgerWriter {
  const later = (due: string | null) => (due === null ? null : new Date(Date.parse(due) + LATE_MS).toISOString());
  return {
    ...writer,
    append: (change, options) =>
      writer.append(
        {
          ...change,
          ...(change.approvals && {
            approvals: change.approvals.map((row) => ({ ...row, due_at: later(row.due_at) ?? row.due_at })),
          }),
          ...(change.approvalMoves && {
            approvalMoves: change.approvalMoves.map((row) =>
              row.state === 'expired' ? { ...row, state: 'approved' } : row,
            ),
          }),
        },
        options,
      ),
  };
}

/** One act that waits for people, as the first version of the platform put it on record: bill 1. */
async function writeAsFirstVersion(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'reeve-first-version-'));
  try {
    cpSync(MIGRATIONS, folder, { recursive: true });
    const path = join(folder, 'meta', '_journal.json');
    const journal = JSON.parse(readFileSync(path, 'utf8')) as { entries: { tag: string }[] };
    const later = journal.entries.splice(1);
    for (const { tag } of later) rmSync(join(folder, `${tag}.sql`));
    writeFileSync(path, JSON.stringify(journal));
    await migrate(host.databaseUrl, folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  const [payer] = fleet.agents;
  if (payer === undefined) throw new Error('the fleet has no agent');
  const { data, subject } = billEvent(1);
  const [event, label] = [derivedId('event', 'first-version'), bringer().label];
  const run = derivedId('run', event, payer.name);
  const permit = derivedId('permit', run, 0);
  const argumentsText = canonical(data);
  const at = { tenant: TENANT, agent: payer.name };
  const policies = ['asked-office'];
  const change = {
    entries: [
      { kind: 'event.admitted', ...at, run: null, agent: null, body: { event } },
      {
        kind: 'intent.parked',
        ...at,
        run,
        body: {
          event,
          permit,
          step: 0,
          agentVersion: payer.version,
          tool: pay.name,
          toolDigest: pay.digest,
          arguments: data,
          argumentsDigest: digestText(argumentsText),
          amount: { minor: data.minor, currency: 'EUR' },
          resource: data.bill,
          why: 'it was received',
          evidence: [],
          label,
          effect: pay.effect,
          verdict: { kind: 'needs-approval', policies, roles: ['duty'], expiresInSeconds: 604_800 },
          case: null,
          law: { policies: digest('first'), number: 0 },
        },
      },
    ],
    events: [
      {
        entry: 0,
        id: event,
        tenant: TENANT,
        type: EVENT,
        source: 'proof',
        source_id: 'first-version',
        subject,
        time: new Date(clock.now()).toISOString(),
        data: argumentsText,
        data_digest: digest(data),
        label,
        dedupe_key: digest(['first-version']),
      },
    ],
    runs: [{ entry: 0, id: run, ...at, agent_version: payer.version, event, subject }],
    effects: [
      {
        entry: 1,
        permit,
        run,
        step: 0,
        ...at,
        tool: pay.name,
        tool_digest: pay.digest,
        class: pay.effect,
        system: 'grc',
        state: 'waiting',
        arguments: argumentsText,
        arguments_digest: digestText(argumentsText),
        amount_minor: data.minor,
        currency: 'EUR',
        why: 'needs approval by duty (asked-office)',
      },
    ],
    ends: [{ id: run, state: 'waiting', why: 'needs approval by duty (asked-office)' }],
    approvals: [
      {
        entry: 1,
        id: derivedId('approval', permit),
        run,
        step: 0,
        ...at,
        tool: pay.name,
        intent_digest: digest({ permit }),
        policies,
        roles: ['duty'],
        expires_in_seconds: 604_800,
      },
    ],
  };
  const first = await openWriter({ url: host.databaseUrl, clock });
  await first.append(change as unknown as Change);
  await first.close();
}
