const number = new Intl.NumberFormat('en');

/** `12,345`. */
export function count(n: number): string {
  return number.format(n);
}

/** `1 run`, `2 runs`. */
export function counted(n: number, noun: string, plural = `${noun}s`): string {
  return `${count(n)} ${n === 1 ? noun : plural}`;
}

/** A span of time, in milliseconds, as people say it: `340 ms`, `2.4 s`, `3 min 20 s`, `2 h 5 min`, `3 d 4 h`. */
export function duration(ms: number): string {
  if (ms < 1_000) return `${Math.round(ms)} ms`;
  if (ms < 59_950) return `${(ms / 1_000).toFixed(1)} s`;
  const seconds = Math.round(ms / 1_000);
  if (seconds < 3_600) return `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 1_440) return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
  const hours = Math.round(minutes / 60);
  return `${Math.floor(hours / 24)} d ${hours % 24} h`;
}

/** How long ago, or in how long: `12.0 s ago`, `in 2 h 5 min`. `text` is RFC 3339; what is not comes back as it is. */
export function relative(text: string, now: number): string {
  const at = Date.parse(text);
  if (Number.isNaN(at)) return text;
  return at <= now ? `${duration(now - at)} ago` : `in ${duration(at - now)}`;
}

/** `2026-06-10 10:04:05`, UTC. */
export function moment(text: string): string {
  const at = Date.parse(text);
  return Number.isNaN(at) ? text : new Date(at).toISOString().slice(0, 19).replace('T', ' ');
}
