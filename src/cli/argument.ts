import { InvalidArgumentError } from 'commander';

/** Reads an option that is a whole number within bounds. */
export function wholeNumber(least: number, most: number): (text: string) => number {
  return (text) => {
    const value = /^[0-9]{1,15}$/.test(text) ? Number(text) : NaN;
    if (value >= least && value <= most) return value;
    throw new InvalidArgumentError(`expected a whole number from ${least} to ${most}`);
  };
}

const SPANS = { m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

/** Reads an option that is a span of time, `90m`, `12h`, `30d`, as milliseconds. */
export function timeSpan(text: string): number {
  const [, digits, unit] = /^([1-9][0-9]{0,4})([mhd])$/.exec(text) ?? [];
  if (digits !== undefined && unit !== undefined) return Number(digits) * SPANS[unit as keyof typeof SPANS];
  throw new InvalidArgumentError('expected a span of time such as `90m`, `12h` or `30d`');
}

/** The part of a command's help that shows it at work. */
export function examples(...lines: readonly (readonly [command: string, what: string])[]): string {
  const width = Math.max(...lines.map(([command]) => command.length));
  return `\nExamples:\n${lines.map(([command, what]) => `  $ ${command.padEnd(width)}  ${what}`).join('\n')}`;
}
