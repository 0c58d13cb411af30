import { Misuse } from './fault.ts';

/**
 * Every place where a crash is tested, append-only. A name that no fault test covers fails the build. They stand on both
 * sides of each step that makes something durable or touches the world.
 */
export const FAILPOINTS = [
  'admit.before-commit',
  'admit.after-commit',
  'dispatch.before-submit',
  'dispatch.after-submit',
  'run.before-recall',
  'run.before-judge',
  'gate.before-commit',
  'gate.after-commit',
  'act.before-send',
  'act.after-send',
  'outcome.before-commit',
  'outcome.after-commit',
  'run.before-return',
  'seal.before-sign',
  'seal.after-witness',
  'recover.before-settle',
  'recover.after-settle',
] as const;
export type Failpoint = (typeof FAILPOINTS)[number];

/** `kill` ends this process with SIGKILL, as a crash does; `throw` throws; a function is called. */
export type FailpointAction = 'kill' | 'throw' | (() => void);

interface Trap {
  /** Passes still to go; it springs when this reaches 0, once. */
  left: number;
  readonly action: FailpointAction;
}

/** Null unless something is armed, so that passing a failpoint costs one comparison. */
let traps: Map<Failpoint, Trap> | null = null;

/** Marks a place where a crash is tested. Does nothing unless armed. */
export function failpoint(name: Failpoint): void {
  if (traps !== null) pass(name, traps);
}

/** Arms `name`: its `nth` pass from now, counted from 1, springs it, once. Arming again replaces. For tests. */
export function armFailpoint(
  name: Failpoint,
  options: { readonly nth?: number; readonly action: FailpointAction },
): void {
  traps ??= new Map();
  traps.set(name, { left: options.nth ?? 1, action: options.action });
}

/** Disarms every failpoint. */
export function disarmFailpoints(): void {
  traps = null;
}

/**
 * Arms what a text asks for: `name:action` or `name:action:nth`, several joined by commas, e.g. `act.before-send:kill:3`.
 *
 * @throws Misuse `bad-config` for an unknown name, an action other than `kill` and `throw`, or an `nth` below 1.
 */
export function armFromText(text: string): void {
  for (const part of text.split(',')) {
    const [name, action, nth = '1', ...rest] = part.trim().split(':');
    if (!isFailpoint(name)) throw new Misuse('bad-config', `\`${name}\` is no failpoint`);
    if ((action !== 'kill' && action !== 'throw') || !/^[1-9]\d{0,8}$/.test(nth) || rest.length > 0) {
      throw new Misuse('bad-config', `\`${part}\` is not of the form \`name:kill:nth\` or \`name:throw:nth\``);
    }
    armFailpoint(name, { action, nth: Number(nth) });
  }
}

function isFailpoint(name: string | undefined): name is Failpoint {
  return (FAILPOINTS as readonly (string | undefined)[]).includes(name);
}

function pass(name: Failpoint, armed: Map<Failpoint, Trap>): void {
  const trap = armed.get(name);
  if (trap === undefined || --trap.left > 0) return;
  armed.delete(name);
  if (armed.size === 0) traps = null;
  if (trap.action === 'kill') process.kill(process.pid, 'SIGKILL');
  else if (trap.action === 'throw') throw new Error(`failpoint \`${name}\` was armed to throw`);
  else trap.action();
}
