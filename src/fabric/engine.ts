import { Agent, request } from 'node:http';
import { createServer, type Http2Server } from 'node:http2';
import type { AddressInfo } from 'node:net';
import * as restate from '@restatedev/restate-sdk';
import { z } from 'zod';
import { messageOf, RetryLater, type BatchId, type RunId } from '../vocabulary/index.ts';

/**
 * The only file that speaks to Restate: the service through which it hands runs to us, and the submission of batches.
 *
 * A batch of runs is one invocation without journaled steps: what has happened in each run is on our record, so an invocation
 * that is delivered again finds out there and goes on. The engine gives durable delivery, retries and, on a cluster, the choice
 * of the worker.
 */
export interface Engine {
  /** Rejects with RetryLater `engine-unreachable`. Submitting the same batch again is harmless. */
  submit(batch: BatchId, runs: readonly RunId[]): Promise<void>;
  stop(): Promise<void>;
}

export interface EngineOptions {
  readonly ingress: string;
  readonly admin: string;
  /** Port for the service endpoint on loopback; the engine calls us there. */
  readonly port: number;
  carryOut(runs: readonly RunId[]): Promise<void>;
}

const SERVICE = 'Runs';
const Batch = z.object({ batch: z.string(), runs: z.array(z.string()).max(1_000) });
/** Longer than any step: once it has passed, the engine half-closes the stream and cancels late. */
const LONGEST_STEP_MS = 15 * 60_000;
/** The engine answers in milliseconds; one that does not within this is away. */
const ANSWER_MS = 10_000;

/** Serves the endpoint and registers it. Throws RetryLater `engine-unreachable`, `port-taken` by Misuse of the port. */
export async function startEngine(options: EngineOptions): Promise<Engine> {
  const runs = restate.service({
    name: SERVICE,
    handlers: {
      work: restate.handlers.handler(
        {
          inactivityTimeout: LONGEST_STEP_MS,
          abortTimeout: LONGEST_STEP_MS,
          // What happened is on our record; the engine need not keep it.
          journalRetention: 0,
        },
        async (_ctx: restate.Context, input: unknown) => {
          const batch = Batch.safeParse(input);
          if (!batch.success) throw new restate.TerminalError('not a batch of runs', { errorCode: 400 });
          await options.carryOut(batch.data.runs as RunId[]);
          return null;
        },
      ),
    },
  });
  const handler = restate.createEndpointHandler({ services: [runs], bidirectional: true, logger: () => undefined });
  const server = createServer(handler as Parameters<typeof createServer>[1]);
  const sessions = new Set<{ destroy(): void }>();
  server.on('session', (session) => {
    sessions.add(session);
    session.on('close', () => sessions.delete(session));
    session.on('error', () => undefined);
  });
  const port = await listen(server, options.port);
  const connections = new Agent({ keepAlive: true, maxSockets: 8 });
  await register(options.admin, `http://127.0.0.1:${port}/`);

  return {
    // Without an idempotency key, which would cost the engine as much as the delivery: a batch that is delivered twice finds on
    // record that its runs are under way or have ended.
    submit: (batch, ids) => send(`${options.ingress}/${SERVICE}/work/send`, { batch, runs: ids }, connections),
    async stop() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      for (const session of sessions) session.destroy();
      connections.destroy();
      await closed;
    },
  };
}

/** Node's own client: a quarter of what `fetch` costs, and a run alone waits for this. */
function send(url: string, body: unknown, agent: Agent): Promise<void> {
  return new Promise((resolve, reject) => {
    const fail = (cause: unknown) => reject(away(`cannot reach the engine: ${messageOf(cause)}`));
    const sent = request(
      url,
      { method: 'POST', agent, headers: { 'content-type': 'application/json' }, timeout: ANSWER_MS },
      (response) => {
        response.resume().once('end', () => {
          const status = response.statusCode ?? 0;
          if (status >= 200 && status < 300) resolve();
          else reject(away(`the engine answered ${status}`));
        });
        response.once('error', fail);
      },
    );
    sent.once('timeout', () => sent.destroy(new Error(`no answer within ${ANSWER_MS} ms`)));
    sent.once('error', fail);
    sent.end(JSON.stringify(body));
  });
}

/** On the port asked for; on any free one when somebody took it since it was chosen: the engine is told the address anyway. */
async function listen(server: Http2Server, port: number): Promise<number> {
  try {
    await listenOn(server, port);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error;
    await listenOn(server, 0);
  }
  return (server.address() as AddressInfo).port;
}

async function listenOn(server: Http2Server, port: number): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', () => {
      server.off('error', reject);
      resolve();
    });
  });
}

/** A new address is a new deployment and becomes the latest; `force` also renews what the engine knows of the old one. */
async function register(admin: string, uri: string): Promise<void> {
  let why = '';
  for (let attempt = 0; attempt < 40; attempt++) {
    const response = await post(`${admin}/deployments`, { uri, force: true }).catch((error: unknown) => {
      why = messageOf(error);
      return null;
    });
    if (response?.ok === true) return;
    if (response !== null) why = `${response.status} ${(await response.text()).slice(0, 300)}`;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw away(`the engine does not take our service: ${why}`);
}

async function post(url: string, body: unknown): Promise<Response> {
  try {
    return await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
      signal: AbortSignal.timeout(ANSWER_MS),
    });
  } catch (cause) {
    throw away(`cannot reach the engine: ${messageOf(cause)}`);
  }
}

function away(why: string): RetryLater {
  return new RetryLater('engine-unreachable', why);
}
