// Numbers and times as people read them. A figure that is not known is a dash.

const none = '–';
const known = (v: number | null | undefined): v is number => typeof v === 'number' && Number.isFinite(v);
const thin = '\u00a0'; // between a number and its unit, where no line breaks

/** short gives three digits that mean something: 1234 → 1,234; 12.34 → 12.3. */
export function short(v: number): string {
  const a = Math.abs(v);
  const digits = a === 0 || a >= 100 ? 0 : a >= 10 ? 1 : a >= 0.1 ? 2 : 3;
  return Number(v.toFixed(digits)).toLocaleString('en', { maximumFractionDigits: digits });
}

export function count(v: number | null | undefined): string {
  return known(v) ? v.toLocaleString('en', { maximumFractionDigits: 0 }) : none;
}

/** few abbreviates from ten thousand on: 12,300 → 12.3k. */
export function few(v: number | null | undefined): string {
  if (!known(v)) return none;
  if (v < 10_000) return count(v);
  return v < 1e6 ? short(v / 1e3) + 'k' : v < 1e9 ? short(v / 1e6) + 'M' : short(v / 1e9) + 'G';
}

export function rate(v: number | null | undefined): string {
  if (!known(v)) return none;
  if (v === 0) return '0/s';
  return v >= 0.1 ? short(v) + '/s' : short(v * 60) + '/min';
}

export function percent(v: number | null | undefined): string {
  if (!known(v)) return none;
  const p = v * 100;
  if (p !== 0 && Math.abs(p) < 0.01) return '<0.01' + thin + '%';
  return (p >= 99.95 && p < 100 ? '>99.9' : Number(p.toFixed(Math.abs(p) < 1 ? 2 : 1)).toLocaleString('en')) + thin + '%';
}

export function seconds(v: number | null | undefined): string {
  if (!known(v)) return none;
  if (v < 0.001) return short(v * 1e6) + thin + 'µs';
  if (v < 1) return short(v * 1e3) + thin + 'ms';
  return v < 120 ? short(v) + thin + 's' : duration(v * 1000);
}

export function bytes(v: number | null | undefined): string {
  if (!known(v)) return none;
  if (v < 1024) return count(v) + thin + 'B';
  const units = ['KB', 'MB', 'GB', 'TB'];
  let i = 0;
  for (v /= 1024; v >= 1000 && i < units.length - 1; v /= 1024) i++;
  return short(v) + thin + units[i];
}

/** withUnit writes a symptom's figure in its own unit. */
export function withUnit(v: number | null | undefined, unit: string): string {
  switch (unit) {
    case 'ratio':
      return percent(v);
    case 's':
      return seconds(v);
    case 'By':
      return bytes(v);
    case '1/s':
      return rate(v);
    default:
      return known(v) ? short(v) : none;
  }
}

export function duration(ms: number): string {
  const s = Math.max(0, Math.round(ms / 1000));
  if (s < 60) return s + thin + 's';
  if (s < 3600) return Math.floor(s / 60) + thin + 'min';
  if (s < 48 * 3600) {
    const m = Math.floor((s % 3600) / 60);
    return Math.floor(s / 3600) + thin + 'h' + (m && s < 6 * 3600 ? ' ' + m + thin + 'min' : '');
  }
  return Math.floor(s / 86400) + ' days';
}

export function ago(t: number, now: number): string {
  return now - t < 1500 ? 'just now' : duration(now - t) + ' ago';
}

const clockFormat = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit' });
const dayFormat = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short' });

/** clock is the time of day, with the day when it is not today. */
export function clock(t: number): string {
  const d = new Date(t);
  const time = clockFormat.format(d);
  return d.toDateString() === new Date().toDateString() ? time : dayFormat.format(d) + ', ' + time;
}

export function day(t: number): string {
  return dayFormat.format(new Date(t));
}

/** known times only: Go's zero time is no time. */
export function time(s: string | null | undefined): number | undefined {
  const t = s ? Date.parse(s) : NaN;
  return Number.isNaN(t) || t <= 0 ? undefined : t;
}

/** plain turns "stateful_set" into "stateful set". */
export function plain(s: string): string {
  return s.replaceAll('_', ' ').replaceAll('-', ' ').toLowerCase();
}

export function plural(n: number, one: string, many = one + 's'): string {
  return count(n) + ' ' + (n === 1 ? one : many);
}
