import {
  canonical,
  digestText,
  messageOf,
  type Json,
  type Outcome,
  type Permit,
  type Tool,
} from '../vocabulary/index.ts';

/** What an attempt needs of a Permit. */
export interface Order extends Pick<Permit, 'id' | 'argumentsText' | 'notAfter'> {
  /** Asked when the bytes are about to leave, and not before: null, or why they must stay. */
  held(): Held | null;
}

/** Why nothing may be sent any more. */
export interface Held {
  /** `stopped`: a stop covers it; `not-sent`: the permit's time is over. */
  readonly code: 'stopped' | 'not-sent';
  readonly why: string;
}

/** How one attempt at a tool turned out. */
export type Attempt =
  /** We know what happened. */
  | { readonly kind: 'known'; readonly outcome: Exclude<Outcome, { kind: 'unknown' }> }
  /** It is certain that nothing happened. `again`: it makes sense to try once more, at the earliest after `afterMs`. */
  | {
      readonly kind: 'nothing';
      readonly message: string;
      readonly again: boolean;
      readonly afterMs: number;
      readonly code: Held['code'];
    }
  /** It may or may not have happened. `over`: the tool itself has finished with it; else it may still be at work. */
  | { readonly kind: 'uncertain'; readonly message: string; readonly over: boolean };

export function failed(code: (Outcome & { kind: 'failed' })['code'], message: string): Attempt {
  return { kind: 'known', outcome: { kind: 'failed', code, message } };
}

export function nothing(message: string, options: { again: boolean; afterMs?: number }): Attempt & { kind: 'nothing' } {
  return { kind: 'nothing', message, again: options.again, afterMs: options.afterMs ?? 0, code: 'not-sent' };
}

/** Held back at the point of sending: trying again would meet the same. */
export function heldBack({ code, why }: Held): Attempt & { kind: 'nothing' } {
  return { ...nothing(why, { again: false }), code };
}

export function uncertain(message: string, options: { over: boolean }): Attempt {
  return { kind: 'uncertain', message, over: options.over };
}

/** The answer of a tool that did it, as text. An empty answer counts as null. */
export function doneWithText(tool: Tool, text: string): Attempt {
  let value: unknown;
  try {
    value = text === '' ? null : JSON.parse(text);
  } catch (error) {
    return failed('bad-result', `it was done, but the answer of \`${tool.name}\` is no JSON: ${messageOf(error)}`);
  }
  return doneWith(tool, value);
}

/** The answer of a tool that did it. What its output schema does not know is left out. */
export function doneWith(tool: Tool, value: unknown): Attempt {
  const parsed = tool.output.safeParse(value);
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    const where = issue === undefined ? '' : `: at \`${issue.path.join('.')}\` ${issue.message}`;
    return failed(
      'bad-result',
      `it was done, but the answer of \`${tool.name}\` does not fit its output schema${where}`,
    );
  }
  try {
    const text = canonical(parsed.data);
    return { kind: 'known', outcome: { kind: 'done', result: parsed.data as Json, resultDigest: digestText(text) } };
  } catch (error) {
    return failed(
      'bad-result',
      `it was done, but the answer of \`${tool.name}\` cannot be recorded: ${messageOf(error)}`,
    );
  }
}
