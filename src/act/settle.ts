import type { Clock, EffectClass, Outcome, Tool } from '../vocabulary/index.ts';
import type { Attempt } from './attempt.ts';
import { backoffMs } from './backoff.ts';

/** What settling works with. */
export interface Unsettled {
  readonly tool: Tool;
  /** Why it is not known. */
  readonly message: string;
  /** From when on the tool can no longer be at work on it, in milliseconds since the epoch. */
  readonly quietAt: number;
  readonly clock: Clock;
  /** Calls again with the same key. */
  callAgain(): Promise<Attempt>;
  /** Asks whether it happened. */
  ask(): Promise<Attempt>;
  /** False: the platform is stopping, leave it to the next start. */
  pause(ms: number): Promise<boolean>;
}

const REPEATS = 4;
/** When to ask, in parts of the time until the tool is quiet. The last one counts also when the answer is no. */
const ASK_AT = [0, 0.1, 0.3, 0.6, 1];

/**
 * Finds out what became of an act whose answer is not known, by the tool's effect class (docs/effects.md), a bounded number
 * of times. What cannot be found out stays `unknown`: it is never guessed.
 */
export function settle(unsettled: Unsettled): Promise<Outcome> {
  return SETTLE[unsettled.tool.effect](unsettled);
}

const SETTLE = {
  E0: async (unsettled) => {
    const again = await callUntilAnswered(unsettled, () => true);
    if (again.kind === 'known') return again.outcome;
    return { kind: 'failed', code: 'no-answer', message: `nothing was changed: ${again.message}` };
  },
  // Being rejected now says nothing of the call before: that may have got through, and this one met another guard.
  E1: async (unsettled) => {
    const again = await callUntilAnswered(unsettled, happened);
    if (again.kind === 'known') return again.outcome;
    const { tool, clock } = unsettled;
    if (tool.lookup === null) return unknown(again.message);
    return askUntilCertain({ ...unsettled, message: again.message, quietAt: clock.now() + tool.timeoutMs });
  },
  E2: (unsettled) => askUntilCertain(unsettled),
  E3: async ({ tool, message }) => unknown(`${message}; \`${tool.name}\` can be neither asked nor called again`),
} as const satisfies Record<EffectClass, (unsettled: Unsettled) => Promise<Outcome>>;

type Answer = (Attempt & { kind: 'known' }) | { readonly kind: 'none'; readonly message: string };

async function callUntilAnswered(unsettled: Unsettled, settles: (outcome: Outcome) => boolean): Promise<Answer> {
  let { message } = unsettled;
  let afterMs = 0;
  for (let n = 0; n < REPEATS && (await unsettled.pause(Math.max(backoffMs(n), afterMs))); n++) {
    const attempt = await unsettled.callAgain();
    if (attempt.kind === 'known' && settles(attempt.outcome)) return attempt;
    const said = attempt.kind === 'known' ? messageOf(attempt.outcome) : attempt.message;
    message = `${unsettled.message}; called again: ${said}`;
    if (attempt.kind === 'nothing' && !attempt.again) break;
    afterMs = attempt.kind === 'nothing' ? Math.min(attempt.afterMs, 5_000) : 0;
  }
  return { kind: 'none', message };
}

/** A yes counts at once; a no counts only when the tool can no longer be at work on it. */
async function askUntilCertain({ tool, message, quietAt, clock, ask, pause }: Unsettled): Promise<Outcome> {
  const start = clock.now();
  let said = 'not asked';
  for (const part of ASK_AT) {
    const wait = start + (quietAt - start) * part - clock.now();
    // A timer may fire a millisecond early, and then the last question would not count.
    if (wait > 0 && !(await pause(wait + 2))) break;
    const askedAt = clock.now();
    const attempt = await ask();
    if (attempt.kind === 'known' && (happened(attempt.outcome) || askedAt >= quietAt)) return attempt.outcome;
    said = attempt.kind === 'known' ? messageOf(attempt.outcome) : attempt.message;
    if (attempt.kind === 'nothing' && !attempt.again) break;
    // It has no time left to be at work, so the next question need not wait for that, only for the one asked.
    if (quietAt <= askedAt && !(await pause(backoffMs(1)))) break;
  }
  return unknown(`${message}; \`${tool.name}\` was asked: ${said}`);
}

function happened(outcome: Outcome): boolean {
  return outcome.kind === 'done' || (outcome.kind === 'failed' && outcome.code === 'bad-result');
}

function messageOf(outcome: Outcome): string {
  return outcome.kind === 'done' ? 'done' : outcome.message;
}

function unknown(message: string): Outcome {
  return { kind: 'unknown', message };
}
