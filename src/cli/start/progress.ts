import type { FabricStatus } from '../../fabric/index.ts';
import { count, counted, duration } from '../humane.ts';
import type { Paint } from '../paint.ts';
import { printable } from '../printable.ts';

/** Shows how the work goes, on stderr: one block drawn again and again on a terminal, otherwise a line now and then. */
export interface Progress {
  /** A line for good, above the block. */
  note(line: string): void;
  /** Ends the drawing; what was last drawn stays. */
  stop(): void;
}

export interface ProgressOptions {
  readonly live: boolean;
  readonly paint: Paint;
  readonly width: number;
  write(text: string): void;
  status(): FabricStatus;
  now(): number;
}

const DRAW_MS = 200;
const LINE_MS = 3_000;
/** The rate shown is that of the last seconds. */
const RATE_WINDOW_MS = 3_000;

export function showProgress(options: ProgressOptions): Progress {
  const { live, write, now } = options;
  const began = now();
  const rate = createRate(began, options.status().admitted);
  let drawn = 0;

  const draw = () => {
    const status = options.status();
    const perSecond = rate(now(), status.admitted);
    if (live) {
      const lines = block(status, perSecond, now() - began, options);
      write(clear() + lines.map((line) => `${line}\n`).join(''));
      drawn = lines.length;
    } else {
      write(`${oneLine(status, perSecond, now() - began)}\n`);
    }
  };
  const clear = () => (drawn === 0 ? '' : `\u001b[${drawn}A\u001b[0J`);
  const timer = setInterval(draw, live ? DRAW_MS : LINE_MS);
  timer.unref();
  return {
    note(line) {
      write(`${live ? clear() : ''}${line}\n`);
      drawn = 0;
    },
    stop() {
      clearInterval(timer);
      draw();
    },
  };
}

function block(status: FabricStatus, perSecond: number, ms: number, { paint, width }: ProgressOptions): string[] {
  const { ended, act, queue, trouble } = status;
  const rows: [string, string][] = [
    ['events', `${count(status.admitted)} admitted, ${count(perSecond)} per second, ${duration(ms)}`],
    [
      'runs',
      `${count(ended.done)} done, ${count(ended.failed + ended['set-aside'])} failed, ${count(ended.refused)} refused, ` +
        `${count(ended.waiting)} waiting for people, ${count(queue.active + queue.queued)} to go`,
    ],
    [
      'effects',
      `${count(act.ended.done)} done, ${count(act.ended.failed)} failed, ${count(act.ended.unknown)} unknown`,
    ],
    ['record', `${count(status.writer.entries)} entries in ${count(status.writer.commits)} commits`],
  ];
  if (trouble.count > 0) rows.push(['trouble', `${count(trouble.count)}; last: ${printable(trouble.last ?? '')}`]);
  // A line that wraps would not be cleared: cut to the terminal.
  return rows.map(([name, text]) => `  ${paint.dim(name.padEnd(9))} ${text.slice(0, Math.max(20, width - 13))}`);
}

function oneLine({ ended, admitted, queue }: FabricStatus, perSecond: number, ms: number): string {
  return (
    `${duration(ms)}: ${counted(admitted, 'event')} (${count(perSecond)} per second), runs: ${count(ended.done)} done, ` +
    `${count(ended.failed + ended['set-aside'])} failed, ${count(ended.refused)} refused, ${count(ended.waiting)} waiting, ` +
    `${count(queue.active + queue.queued)} to go`
  );
}

/** Events per second over the last seconds. */
function createRate(began: number, admittedBefore: number): (now: number, admitted: number) => number {
  const samples = [{ at: began, admitted: admittedBefore }];
  return (now, admitted) => {
    samples.push({ at: now, admitted });
    while (samples.length > 2 && now - (samples[0]?.at ?? now) > RATE_WINDOW_MS) samples.shift();
    const first = samples[0];
    if (first === undefined || now <= first.at) return 0;
    return Math.round(((admitted - first.admitted) * 1_000) / (now - first.at));
  };
}
