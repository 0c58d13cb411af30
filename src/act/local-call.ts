import { GiveUp, messageOf, Misuse, RetryLater, type Tool, type ToolCall } from '../vocabulary/index.ts';
import { doneWith, failed, heldBack, nothing, uncertain, type Attempt, type Order } from './attempt.ts';

/** A function in this process. It is given what the arguments' text says, and the permit's id. */
export async function callLocal(call: ToolCall & { kind: 'local' }, tool: Tool, order: Order): Promise<Attempt> {
  try {
    const given: unknown = JSON.parse(order.argumentsText);
    const held = order.held();
    if (held !== null) return heldBack(held);
    const answer = call.perform(given, order.id);
    return doneWith(tool, answer instanceof Promise ? await within(tool.timeoutMs, answer) : answer);
  } catch (error) {
    return attemptOfThrown(tool, error);
  }
}

/**
 * What something thrown says of an act: the three faults of `vocabulary` say that it was not done; anything else may have been
 * thrown half-way.
 */
export function attemptOfThrown(tool: Tool, error: unknown): Attempt {
  const message = `\`${tool.name}\`: ${messageOf(error)}`;
  if (error instanceof RetryLater) return nothing(message, { again: true, afterMs: error.afterMs });
  if (error instanceof Misuse || error instanceof GiveUp) return failed('rejected', message);
  return uncertain(message, { over: !(error instanceof TimedOut) });
}

class TimedOut extends Error {}

/** The value of `promise`, if it comes in time. What it stands for goes on regardless. */
export async function within<T>(ms: number, promise: Promise<T>): Promise<T> {
  const { promise: late, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(new TimedOut(`no answer within ${ms} ms`)), ms);
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}
