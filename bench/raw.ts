import { createServer } from 'node:http2';
import { randomUUID } from 'node:crypto';
import type { AddressInfo } from 'node:net';
import * as restate from '@restatedev/restate-sdk';
import { statefulIsAuthorized } from '@cedar-policy/cedar-wasm/nodejs';
import type { Pool } from 'pg';
import type { Law } from '../src/govern/index.ts';
import { NOTE } from './fleet.ts';

/**
 * The two things that the governed loop is compared with, on the same engine, database and process:
 *
 * - `raw`: five ungoverned steps, each a `ctx.run` that returns about 500 bytes;
 * - `assembled`: the same five steps with governance put together by hand, as a user would: once per run a policy check (the
 *   shipped policies, parsed ahead), an intent row before the third step, an outcome row after it, each its own statement and
 *   commit, and a span.
 */
export interface RawServices {
  raw(n: number): Promise<void>;
  assembled(n: number): Promise<void>;
  stop(): Promise<void>;
}

const STEPS = [1, 2, 3, 4, 5];

export async function startRawServices(options: {
  readonly engine: { readonly ingress: string; readonly admin: string };
  readonly pool: Pool;
  readonly law: Law;
}): Promise<RawServices> {
  const { engine, pool, law } = options;
  await pool.query(
    'create table if not exists bench_intent (id text primary key, run text, body jsonb, at timestamptz default now())',
  );
  await pool.query(
    'create table if not exists bench_outcome (id text primary key, run text, body jsonb, at timestamptz default now())',
  );
  const spans: object[] = [];

  const service = restate.service({
    name: 'Bench',
    handlers: {
      raw: async (ctx: restate.Context, input: { n: number }) => {
        for (const step of STEPS) await ctx.run(`step-${step}`, () => ({ step, n: input.n, note: NOTE }));
        return 'done';
      },
      assembled: async (ctx: restate.Context, input: { n: number }) => {
        const id = ctx.rand.uuidv4();
        for (const step of STEPS) {
          await ctx.run(`step-${step}`, async () => {
            if (step === 3) await governed(id, input.n);
            return { step, n: input.n, note: NOTE };
          });
        }
        return 'done';
      },
    },
  });
  const handler = restate.createEndpointHandler({ services: [service], bidirectional: true, logger: () => undefined });
  const server = createServer(handler as Parameters<typeof createServer>[1]);
  const sessions = new Set<{ destroy(): void }>();
  server.on('session', (session) => sessions.add(session));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const uri = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  const registered = await fetch(`${engine.admin}/deployments`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ uri, force: true }),
  });
  if (!registered.ok) throw new Error(`the engine does not take the bench service: ${await registered.text()}`);

  const call = async (what: string, n: number) => {
    const response = await fetch(`${engine.ingress}/Bench/${what}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ n }),
    });
    if (!response.ok) throw new Error(`${what}: ${response.status} ${await response.text()}`);
    await response.text();
  };
  return {
    raw: (n) => call('raw', n),
    assembled: (n) => call('assembled', n),
    async stop() {
      for (const session of sessions) session.destroy();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };

  async function governed(run: string, n: number): Promise<void> {
    const began = Date.now();
    const answer = checkPolicy(law, n);
    const intent = randomUUID();
    await pool.query('insert into bench_intent (id, run, body) values ($1, $2, $3)', [
      intent,
      run,
      { n, answer, note: NOTE },
    ]);
    // The act itself: nothing, as in the governed loop.
    await pool.query('insert into bench_outcome (id, run, body) values ($1, $2, $3)', [
      intent,
      run,
      { n, paid: true, note: NOTE },
    ]);
    spans.push({
      traceId: randomUUID(),
      spanId: randomUUID(),
      name: 'execute_tool pay',
      began,
      ended: Date.now(),
      run,
    });
    // Exported in batches: serialised, and given away.
    if (spans.length >= 100) JSON.stringify(spans.splice(0));
  }
}

function checkPolicy(law: Law, n: number): string {
  const tenant = { __entity: { type: 'Reeve::Tenant', id: 'bench' } };
  const required = { type: 'Reeve::Capability', id: 'bench.pay' };
  const day = (arg: string) => ({ __extn: { fn: 'datetime', arg } });
  const answer = statefulIsAuthorized({
    principal: { type: 'Reeve::Agent', id: 'bench' },
    action: { type: 'Reeve::Action', id: 'act' },
    resource: { type: 'Reeve::Tool', id: 'bench.pay' },
    context: {
      environment: 'development',
      today: day('2026-06-10'),
      weekday: 3,
      hour: 10,
      mandateEnds: day('2099-12-31'),
      autonomy: 'L4',
      amountMinor: 1_000 + ((n * 7_919) % 900_000),
      limitMinor: 10_000_000,
      sameCurrency: true,
      resourceGranted: true,
      sameTenant: true,
      integrity: 'trusted',
      confidentiality: 1,
      stopped: [],
      approvals: [],
      exhausted: [],
      ran: [],
      seenUntrusted: false,
      seenConfidentiality: 0,
      depth: 0,
    },
    preparsedPolicySetId: law.slot,
    preparsedSchemaName: law.slot,
    validateRequest: true,
    entities: [
      {
        uid: { type: 'Reeve::Agent', id: 'bench' },
        attrs: { tenant, role: 'clerk', status: 'active' },
        parents: [required],
      },
      {
        uid: { type: 'Reeve::Tool', id: 'bench.pay' },
        attrs: {
          tenant,
          required: { __entity: required },
          class: 'E1',
          risk: 'low',
          external: false,
          clearance: 1,
          movesMoney: true,
        },
        parents: [],
      },
      { uid: required, attrs: {}, parents: [] },
      { uid: { type: 'Reeve::Tenant', id: 'bench' }, attrs: {}, parents: [] },
    ],
  });
  if (answer.type !== 'success' || answer.response.decision !== 'allow')
    throw new Error('the bench policy check refused');
  return answer.response.decision;
}
