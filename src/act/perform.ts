import {
  digestText,
  failpoint,
  Misuse,
  RetryLater,
  type Clock,
  type Outcome,
  type Permit,
  type PermitId,
  type Tool,
} from '../vocabulary/index.ts';
import { heldBack, nothing, type Attempt, type Held } from './attempt.ts';
import { backoffMs } from './backoff.ts';
import { createBreaker, type Breaker, type BreakerOptions, type BreakerState } from './breaker.ts';
import { createBulkhead, type Bulkhead } from './bulkhead.ts';
import { askOnce, callOnce, type Publish, type World } from './calls.ts';
import { createHttpCaller, type ToolSystem } from './http-call.ts';
import { createHttpClient } from './http-client.ts';
import { createRest } from './rest.ts';
import { askRevision } from './revision.ts';
import { settle } from './settle.ts';

export interface ActorOptions {
  /** The systems that HTTP tools name. */
  readonly systems: Readonly<Record<string, ToolSystem>>;
  /** Says whether this very Permit is on record and unspent, and spends it. `govern` answers. */
  spend(permit: Permit): boolean | Promise<boolean>;
  /**
   * Issues a Permit anew under the same id, when an act has to be called again to find out what became of it and its Permit has
   * become too old meanwhile. Null: not any more (the fence, say); then it stays unknown. Left out: never.
   */
  renew?(permit: Permit): Permit | null | Promise<Permit | null>;
  /** Why an act may not be sent now, although it has a Permit: a stop. Asked at the point of sending. Left out: nothing is stopped. */
  stopped?(permit: Permit): string | null;
  readonly publish: Publish;
  readonly clock: Clock;
  readonly breaker?: Partial<BreakerOptions>;
  /** Most calls of one tool at once, whatever the tool would allow; by default what the tool says. */
  readonly mostPerTool?: number;
  /** Waits; replaced in tests. */
  sleep?(ms: number): Promise<void>;
}

/** Performs Permits on tools. */
export interface Actor {
  /**
   * Performs what a Permit permits, once, and says what happened. An answer that does not say is settled by the tool's effect
   * class; what then still is not known is `unknown`.
   *
   * @throws Misuse `permit-not-on-record` when the Permit was not made by `govern`, is spent, or is for something else; then
   * nothing was sent. @throws RetryLater `tool-unavailable` when stopping, with the Permit unspent.
   */
  perform(permit: Permit, tool: Tool): Promise<Outcome>;
  /**
   * Finds out what became of an act that a crash cut off, with a Permit issued anew under the same id. Calls again (E0, E1) or
   * asks (E2); E3 stays unknown. `since`: when it may have been sent last, in milliseconds since the epoch; by default now.
   * Throws as `perform` does.
   */
  settle(permit: Permit, tool: Tool, options?: { readonly since?: number }): Promise<Outcome>;
  /** Asks a tool once whether something happened. Changes nothing. A 404 is believed, so ask only when all is quiet. */
  lookup(reference: PermitId, tool: Tool): Promise<Outcome>;
  /**
   * The version of what a call with these arguments would act on; null when the tool cannot tell. Changes nothing. Asks a few
   * times; then throws RetryLater `tool-unavailable`.
   */
  revision(tool: Tool, argumentsText: string): Promise<string | null>;
  stats(): ActorStats;
  /** Waits for what is under way (each bounded by its time-out), leaves what is being settled unknown, and closes. */
  stop(): Promise<void>;
}

export interface ActorStats {
  readonly underWay: number;
  readonly ended: Readonly<Record<Outcome['kind'], number>>;
  /** By system; only those that were called. */
  readonly breakers: Readonly<Record<string, BreakerState>>;
  /** By tool; only those that were called. */
  readonly tools: Readonly<Record<string, ReturnType<Bulkhead['stats']>>>;
}

/** How often something that certainly did not happen is tried in all. */
const TRIES = 4;
/** A tool that wants us to wait longer than this is not waited for. */
const LONGEST_WAIT_MS = 5_000;

/** The one way to the world. */
export function createActor(options: ActorOptions): Actor {
  const { clock, spend, mostPerTool = Infinity } = options;
  const breakers = new Map<string, Breaker>();
  const bulkheads = new Map<string, Bulkhead>();
  const client = createHttpClient();
  const breakerOf = (system: string): Breaker =>
    getOrMake(breakers, system, () => createBreaker(clock, options.breaker));
  const world: World = {
    http: createHttpCaller(options.systems, client.send, breakerOf),
    publish: options.publish,
    clock,
  };
  const rest = createRest(options.sleep);
  const ended = { done: 0, failed: 0, unknown: 0 };
  const underWay = new Set<Promise<Outcome>>();

  /** INVARIANT (no-action-without-permit): every way to the world leads through here. */
  const spendFor = async (permit: Permit, tool: Tool): Promise<void> => {
    const spent = spend(permit);
    if (spent !== true && !(await spent)) {
      throw new Misuse('permit-not-on-record', `the permit \`${permit?.id}\` is not on record or was used before`);
    }
    if (permit.tool !== tool.name || digestText(permit.argumentsText) !== permit.argumentsDigest) {
      throw new Misuse('permit-not-on-record', `the permit \`${permit.id}\` is for something else`);
    }
  };

  /**
   * INVARIANT (a-stop-holds-at-the-wire): asked when the bytes are about to leave, of the permit's time and of the stops that this
   * process knows of. A process that was frozen finds here that its permits have died.
   */
  const heldFor = (permit: Permit, tool: Tool): Held | null => {
    if (clock.now() > permit.notAfter) return { code: 'not-sent', why: `the permit for \`${tool.name}\` is too old` };
    const why = options.stopped?.(permit) ?? null;
    return why === null ? null : { code: 'stopped', why };
  };

  /** One attempt, in its place among the others of the tool, and never after the permit's time. */
  const attempt = async (permit: Permit, tool: Tool, purpose: 'new' | 'settle'): Promise<Attempt> => {
    const held = (): Held | null => heldFor(permit, tool);
    const before = held();
    if (before !== null) return heldBack(before);
    const bulkhead = getOrMake(bulkheads, tool.name, () => createBulkhead(Math.min(tool.concurrency, mostPerTool)));
    const room = bulkhead.enter(purpose);
    if (room !== true && !(await room))
      return nothing(`too many calls of \`${tool.name}\` are waiting`, { again: true });
    try {
      const now = held();
      if (now !== null) return heldBack(now);
      failpoint('act.before-send');
      const { id, argumentsText, notAfter } = permit;
      const result = await callOnce(tool, { id, argumentsText, notAfter, held }, world);
      failpoint('act.after-send');
      return result;
    } finally {
      bulkhead.leave();
    }
  };

  /** The same permit while it lives, else a new one if there is one. */
  const fresh = async (permit: Permit, tool: Tool): Promise<Permit> => {
    if (clock.now() <= permit.notAfter) return permit;
    const renewed = (await options.renew?.(permit)) ?? null;
    if (renewed === null) return permit;
    await spendFor(renewed, tool);
    if (renewed.id === permit.id && renewed.argumentsDigest === permit.argumentsDigest) return renewed;
    throw new Misuse('permit-not-on-record', `the permit \`${renewed.id}\` is for something else`);
  };

  const settleNow = (first: Permit, tool: Tool, message: string, quietAt: number): Promise<Outcome> => {
    let permit = first;
    return settle({
      tool,
      message,
      quietAt,
      clock,
      callAgain: async () => attempt((permit = await fresh(permit, tool)), tool, 'settle'),
      ask: () => askOnce(tool, permit.id, world),
      pause: rest.unlessStopping,
    });
  };

  const performNow = async (permit: Permit, tool: Tool): Promise<Outcome> => {
    for (let tried = 1; ; tried++) {
      const result = await attempt(permit, tool, 'new');
      if (result.kind === 'known') return result.outcome;
      if (result.kind === 'uncertain') {
        const quietAt = clock.now() + (result.over ? 0 : tool.timeoutMs);
        return settleNow(permit, tool, result.message, quietAt);
      }
      const wait = Math.max(result.afterMs, backoffMs(tried));
      const useful = result.again && wait <= LONGEST_WAIT_MS && clock.now() + wait <= permit.notAfter;
      if (!useful || tried === TRIES) return { kind: 'failed', code: result.code, message: result.message };
      await rest.sleep(wait);
    }
  };

  const withPermit = async (permit: Permit, tool: Tool, act: () => Promise<Outcome>): Promise<Outcome> => {
    if (rest.stopping()) throw new RetryLater('tool-unavailable', 'the platform is stopping');
    await spendFor(permit, tool);
    if (permit.toolDigest !== tool.digest) {
      return { kind: 'failed', code: 'not-sent', message: `\`${tool.name}\` is not the tool that was judged` };
    }
    const outcome = act();
    underWay.add(outcome);
    try {
      const { kind } = await outcome;
      ended[kind]++;
    } finally {
      underWay.delete(outcome);
    }
    return outcome;
  };

  return {
    perform: (permit, tool) => withPermit(permit, tool, () => performNow(permit, tool)),
    settle: (permit, tool, { since = clock.now() } = {}) =>
      withPermit(permit, tool, () =>
        settleNow(permit, tool, 'a crash came between sending and recording', since + tool.timeoutMs),
      ),
    lookup: async (reference, tool) => {
      const answer = await askOnce(tool, reference, world);
      return answer.kind === 'known' ? answer.outcome : { kind: 'unknown', message: answer.message };
    },
    revision: async (tool, argumentsText) => {
      for (let tried = 1; ; tried++) {
        try {
          return await askRevision(tool, argumentsText, world.http);
        } catch (error) {
          if (!(error instanceof RetryLater) || tried === TRIES) throw error;
          if (!(await rest.unlessStopping(Math.max(error.afterMs, backoffMs(tried))))) throw error;
        }
      }
    },
    stats: () => ({
      underWay: underWay.size,
      ended: { ...ended },
      breakers: Object.fromEntries([...breakers].map(([system, breaker]) => [system, breaker.state()])),
      tools: Object.fromEntries([...bulkheads].map(([name, bulkhead]) => [name, bulkhead.stats()])),
    }),
    stop: async () => {
      rest.stop();
      await Promise.allSettled(underWay);
      client.stop();
    },
  };
}

function getOrMake<K, V>(map: Map<K, V>, key: K, make: () => V): V {
  let value = map.get(key);
  if (value === undefined) map.set(key, (value = make()));
  return value;
}
