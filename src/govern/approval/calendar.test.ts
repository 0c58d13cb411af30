import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { addWorking, knowsZone, type Calendar } from './calendar.ts';
import { durationMs, showDuration } from './duration.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const OFFICE: Calendar = {
  timezone: 'Europe/Madrid',
  days: [1, 2, 3, 4, 5],
  from: '08:00',
  to: '18:00',
  holidays: ['2026-12-25'],
};
const utc = (text: string) => Date.parse(`${text}Z`);

test('without a calendar all time counts', () => {
  assert.equal(addWorking(1_000, HOUR, null), 1_000 + HOUR);
});

test('working time stops in the evening, over the weekend and on holidays', () => {
  // Madrid is an hour ahead of UTC in winter.
  const add = (from: string, hours: number) => new Date(addWorking(utc(from), hours * HOUR, OFFICE)).toISOString();
  assert.equal(add('2026-03-02T09:00:00', 1), '2026-03-02T10:00:00.000Z');
  assert.equal(add('2026-03-02T16:30:00', 1), '2026-03-03T07:30:00.000Z');
  assert.equal(add('2026-03-06T16:30:00', 1), '2026-03-09T07:30:00.000Z');
  assert.equal(add('2026-12-24T16:30:00', 1), '2026-12-28T07:30:00.000Z');
  // Ten hours from opening end with the day, not with the next one's beginning.
  assert.equal(add('2026-03-02T07:00:00', 10), '2026-03-02T17:00:00.000Z');
  assert.equal(add('2026-03-01T00:00:00', 10), '2026-03-02T17:00:00.000Z');
});

test('where clocks are changed, opening hours are local and time is what passes', () => {
  // From Friday 27 March, 17:00 in Madrid, two hours: an hour on Friday, an hour on Monday, by then summer time.
  assert.equal(addWorking(utc('2026-03-27T16:00:00'), 2 * HOUR, OFFICE), utc('2026-03-30T07:00:00'));
  const always = { ...OFFICE, days: [1, 2, 3, 4, 5, 6, 7], from: '00:00', to: '24:00', holidays: [] };
  assert.equal(addWorking(utc('2026-03-28T12:00:00'), 48 * HOUR, always), utc('2026-03-30T12:00:00'));
  // 02:00 to 03:00 does not exist on that Sunday, and in October it is there twice.
  const night = { ...always, from: '02:00', to: '03:00' };
  assert.equal(addWorking(utc('2026-03-28T00:00:00'), 2 * HOUR, night), utc('2026-03-30T01:00:00'));
  assert.equal(addWorking(utc('2026-10-24T22:30:00'), 2 * HOUR, night), utc('2026-10-25T02:00:00'));
});

/** Minute by minute: local time as the runtime prints it. */
function slowly(start: number, minutes: number, calendar: Calendar): number {
  const format = new Intl.DateTimeFormat('sv-SE', {
    timeZone: calendar.timezone,
    dateStyle: 'short',
    timeStyle: 'short',
  });
  const weekday = new Intl.DateTimeFormat('en-US', { timeZone: calendar.timezone, weekday: 'short' });
  let left = minutes;
  let at = start;
  while (left > 0) {
    const [date = '', time = ''] = format.format(at).split(' ');
    const day = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'].indexOf(weekday.format(at)) + 1;
    if (
      calendar.days.includes(day) &&
      !calendar.holidays.includes(date) &&
      time >= calendar.from &&
      time < calendar.to
    ) {
      left--;
    }
    at += MINUTE;
  }
  return at;
}

const ZONES = [
  'Europe/Madrid',
  'America/New_York',
  'Australia/Lord_Howe',
  'Asia/Kathmandu',
  'America/St_Johns',
  'Pacific/Apia',
  'Africa/Cairo',
  'UTC',
];
// Days around which clocks are changed somewhere, each with a holiday near it.
const STARTS = [
  '2026-03-07',
  '2026-03-27',
  '2026-04-03',
  '2026-04-23',
  '2026-10-02',
  '2026-10-23',
  '2026-10-30',
  '2026-06-14',
];
const clock = (minutes: number) =>
  `${String(Math.floor(minutes / 60)).padStart(2, '0')}:${String(minutes % 60).padStart(2, '0')}`;

test('in every time zone it says what counting the minutes says', () => {
  fc.assert(
    fc.property(
      fc.constantFrom(...ZONES),
      fc.constantFrom(...STARTS),
      fc.integer({ min: 0, max: 3 * 1_440 }),
      fc.integer({ min: 1, max: 1_200 }),
      fc.uniqueArray(fc.integer({ min: 1, max: 7 }), { minLength: 2 }),
      fc.tuple(fc.integer({ min: 0, max: 1_439 }), fc.integer({ min: 1, max: 1_440 })).filter(([a, b]) => b - a >= 60),
      fc.uniqueArray(fc.constantFrom(...STARTS, '2026-03-29', '2026-10-25', '2026-10-26')),
      (timezone, day, offset, minutes, days, [from, to], holidays) => {
        const calendar = { timezone, days, from: clock(from), to: clock(to), holidays };
        const start = utc(`${day}T00:00:00`) + offset * MINUTE;
        assert.equal(addWorking(start, minutes * MINUTE, calendar), slowly(start, minutes, calendar));
      },
    ),
    { numRuns: 150 },
  );
});

test('it goes on where it stopped: two spans one after the other are the span of both', () => {
  const span = fc.integer({ min: 1, max: 200 * 3_600_000 });
  fc.assert(
    fc.property(fc.constantFrom(...ZONES), fc.constantFrom(...STARTS), span, span, (timezone, day, one, other) => {
      const calendar = { ...OFFICE, timezone };
      const start = utc(`${day}T00:00:00`);
      const both = addWorking(start, one + other, calendar);
      assert.equal(addWorking(addWorking(start, one, calendar), other, calendar), both);
    }),
    { numRuns: 300 },
  );
});

test('a time zone is known or not', () => {
  assert.equal(knowsZone('Europe/Madrid'), true);
  assert.equal(knowsZone('Europe/Atlantis'), false);
});

test('durations are those of ISO 8601 that have a length', () => {
  assert.equal(durationMs('P1W'), 7 * 24 * HOUR);
  assert.equal(durationMs('P1DT2H3M4S'), 26 * HOUR + 3 * MINUTE + 4_000);
  assert.equal(durationMs('PT90M'), 90 * MINUTE);
  for (const text of ['', 'P', 'PT', 'P1DT', 'P1M', 'P1Y', '7 days', 'PT1.5H', '-P1D', 'P1W2D', 'P99999D']) {
    assert.equal(durationMs(text), null, text);
  }
  assert.equal(showDuration(26 * HOUR + 3 * MINUTE), '1 d 2 h');
  assert.equal(showDuration(1), '1 s');
  assert.equal(showDuration(0), '0 s');
});
