/** When somebody is there: local hours of some days of the week, but for holidays. */
export interface Calendar {
  /** IANA name, such as `Europe/Madrid`. */
  readonly timezone: string;
  /** 1 is Monday, 7 is Sunday. */
  readonly days: readonly number[];
  /** Local time, `08:00`. */
  readonly from: string;
  /** Local time, not itself included; `24:00` is the end of the day. */
  readonly to: string;
  /** Local dates, `2026-12-25`. */
  readonly holidays: readonly string[];
}

const MINUTE = 60_000;
const DAY = 86_400_000;

/**
 * The moment at which so much working time has passed since `startMs`: the earliest one. Without a calendar all time counts.
 * Where clocks are put forward or back, the time that really passed counts, and local hours say which of it is working time.
 *
 * @param startMs milliseconds since the epoch
 * @param durationMs milliseconds of working time
 */
export function addWorking(startMs: number, durationMs: number, calendar: Calendar | null): number {
  if (calendar === null || durationMs <= 0) return startMs + Math.max(0, durationMs);
  const opens = minuteOfDay(calendar.from) * MINUTE;
  const closes = minuteOfDay(calendar.to) * MINUTE;
  const holidays = new Set(calendar.holidays);
  let left = durationMs;
  let at = startMs;
  // Ends: a calendar has a working day a week, and finitely many holidays.
  for (;;) {
    const offset = offsetAt(at, calendar.timezone);
    const local = at + offset;
    const midnight = Math.floor(local / DAY) * DAY;
    // To the end of the local day, or to where the clocks are changed before that.
    const end = changeBefore(at, midnight + DAY - offset, calendar.timezone);
    if (calendar.days.includes(weekdayOf(midnight)) && !holidays.has(dateOf(midnight))) {
      const begin = Math.max(at, midnight + opens - offset);
      const works = Math.max(0, Math.min(end, midnight + closes - offset) - begin);
      if (works >= left) return begin + left;
      left -= works;
    }
    at = end;
  }
}

/** Minutes since midnight of `HH:MM`. */
export function minuteOfDay(text: string): number {
  const [hours = 0, minutes = 0] = text.split(':').map(Number);
  return hours * 60 + minutes;
}

/** Whether the runtime knows a time zone. */
export function knowsZone(timezone: string): boolean {
  try {
    formatOf(timezone);
    return true;
  } catch {
    return false;
  }
}

/** Until when clocks stay as they are at `from`, looked for up to `to`, which is at most a day later. */
function changeBefore(from: number, to: number, timezone: string): number {
  const offset = offsetAt(from, timezone);
  if (offsetAt(to, timezone) === offset) return to;
  let same = from;
  let other = to;
  while (other - same > 1) {
    const middle = Math.floor((same + other) / 2);
    if (offsetAt(middle, timezone) === offset) same = middle;
    else other = middle;
  }
  return other;
}

/** 1 for Monday; 1 January 1970 was a Thursday. */
function weekdayOf(midnight: number): number {
  return ((((midnight / DAY + 3) % 7) + 7) % 7) + 1;
}

function dateOf(midnight: number): string {
  return new Date(midnight).toISOString().slice(0, 10);
}

/** Local time minus UTC, in milliseconds. */
function offsetAt(at: number, timezone: string): number {
  const second = Math.floor(at / 1_000) * 1_000;
  const read = new Map(
    formatOf(timezone)
      .formatToParts(second)
      .map(({ type, value }) => [type, Number(value)]),
  );
  const part = (type: Intl.DateTimeFormatPartTypes) => read.get(type) ?? 0;
  const local = Date.UTC(part('year'), part('month') - 1, part('day'), part('hour'), part('minute'), part('second'));
  return local - second;
}

/** Making one costs a hundred times what using it does. */
const formats = new Map<string, Intl.DateTimeFormat>();

function formatOf(timezone: string): Intl.DateTimeFormat {
  const known = formats.get(timezone);
  if (known !== undefined) return known;
  const format = new Intl.DateTimeFormat('en-GB', {
    timeZone: timezone,
    hourCycle: 'h23',
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
  });
  formats.set(timezone, format);
  return format;
}
