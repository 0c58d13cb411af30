import type { Config } from '../host/index.ts';

/** Colours for people. Each function leaves the text as it is when colour is off. */
export interface Paint {
  bold(text: string): string;
  dim(text: string): string;
  good(text: string): string;
  bad(text: string): string;
  warn(text: string): string;
}

/** Colour by the setting; `auto` means: on a terminal. `NO_COLOR` has become `never` in the config. */
export function paintFor(color: Config['color'], isTerminal: boolean): Paint {
  return color === 'always' || (color === 'auto' && isTerminal) ? COLOURED : PLAIN;
}

const code = (on: number, off: number) => (text: string) => `\u001b[${on}m${text}\u001b[${off}m`;
const same = (text: string) => text;

const COLOURED: Paint = {
  bold: code(1, 22),
  dim: code(2, 22),
  good: code(32, 39),
  bad: code(31, 39),
  warn: code(33, 39),
};
export const PLAIN: Paint = { bold: same, dim: same, good: same, bad: same, warn: same };

/** How a state of a run or an effect is painted. */
export function paintState(paint: Paint, state: string): string {
  switch (state) {
    case 'done':
    case 'permitted':
    case 'approved':
      return paint.good(state);
    case 'failed':
    case 'refused':
    case 'set-aside':
    case 'unknown':
    case 'declined':
      return paint.bad(state);
    case 'waiting':
    case 'needs-approval':
    case 'pending':
      return paint.warn(state);
    default:
      return state;
  }
}
