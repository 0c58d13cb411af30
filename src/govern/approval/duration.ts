/** Longest that a rule may speak of: ten years. */
export const LONGEST_SECONDS = 3_650 * 86_400;
const PATTERN = /^P(?:(\d+)W|(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?)$/;

/** Milliseconds of an ISO 8601 duration in weeks, days, hours, minutes and seconds; null for anything else. Months have no length. */
export function durationMs(text: string): number | null {
  const match = PATTERN.exec(text);
  if (match === null || /[PT]$/.test(text)) return null;
  const [weeks, days, hours, minutes, seconds] = match.slice(1).map((digits) => Number(digits ?? 0)) as [
    number,
    number,
    number,
    number,
    number,
  ];
  const ms = (((weeks * 7 + days) * 24 + hours) * 60 + minutes) * 60_000 + seconds * 1_000;
  return ms <= LONGEST_SECONDS * 1_000 ? ms : null;
}

/** For messages: the two largest units that are not zero, such as `2 d 4 h`. */
export function showDuration(ms: number): string {
  const seconds = Math.max(0, Math.ceil(ms / 1_000));
  const parts = [
    [Math.floor(seconds / 86_400), 'd'],
    [Math.floor(seconds / 3_600) % 24, 'h'],
    [Math.floor(seconds / 60) % 60, 'min'],
    [seconds % 60, 's'],
  ] as const;
  const shown = parts.filter(([count]) => count > 0).slice(0, 2);
  return shown.length === 0 ? '0 s' : shown.map(([count, unit]) => `${count} ${unit}`).join(' ');
}
