import type { ComponentChildren } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { now } from '../data/api';
import { ago, clock, plain, time } from '../data/format';
import { href } from '../data/route';
import type { Polled } from '../data/poll';
import type { Ref, Severity } from '../data/types';
import { icons } from './icons';

// One clock ticks for all ages on the page, while it is seen.
const ticks = new Set<(second: number) => void>();
let second = 0;
setInterval(() => {
  second++;
  if (!document.hidden) for (const t of ticks) t(second);
}, 1000);

/** useClock draws anew every so many seconds: for ages. */
export function useClock(seconds = 1): number {
  const [t, set] = useState(now);
  useEffect(() => {
    const tick = (s: number): void => void (s % seconds || set(now()));
    ticks.add(tick);
    return () => void ticks.delete(tick);
  }, [seconds]);
  return t;
}

/** Age tells how long ago a time was, and the time itself on hover. */
export function Age({ at, fallback = '–' }: { at: string | null | undefined; fallback?: string }) {
  const t = useClock(5);
  const when = time(at);
  if (when === undefined) return <span class="muted">{fallback}</span>;
  return (
    <time dateTime={at!} title={clock(when)}>
      {ago(when, t)}
    </time>
  );
}

export const severityWords: Record<Severity, string> = { critical: 'Critical', warning: 'Warning', info: 'Notice' };

/** Mark is a severity as shape, colour and word: none of them alone. */
export function Mark({ severity, word = true }: { severity: Severity; word?: boolean }) {
  return (
    <span class={'mark ' + severity}>
      <svg viewBox="0 0 12 12" width="12" height="12" aria-hidden="true" focusable="false">
        {severity === 'critical' ? (
          <path d="M6 .5 11.5 6 6 11.5.5 6z" />
        ) : severity === 'warning' ? (
          <path d="M6 1l5.5 10H.5z" />
        ) : (
          <circle cx="6" cy="6" r="4.5" />
        )}
      </svg>
      <span class={word ? '' : 'sr'}>{severityWords[severity] ?? severity}</span>
    </span>
  );
}

/** EntityLink leads to the page of an entity. */
export function EntityLink({ of, bare }: { of: Ref; bare?: boolean }) {
  return (
    <a class="entity" href={href('entity', of.id)} title={label(of)}>
      <span class="name">{of.name || of.id}</span>
      {!bare && of.namespace && <span class="space">{of.namespace}</span>}
    </a>
  );
}

export function label(r: Ref): string {
  return `${plain(r.type)} ${r.namespace ? r.namespace + '/' : ''}${r.name || r.id}`;
}

export function Chips({ of, max = 3 }: { of: string[] | null | undefined; max?: number }) {
  if (!of?.length) return null;
  return (
    <span class="chips">
      {of.slice(0, max).map((t) => (
        <span class="chip" key={t}>
          {typeName(t)}
        </span>
      ))}
      {of.length > max && (
        <span class="chip more" title={of.slice(max).map(typeName).join(', ')}>
          +{of.length - max}
        </span>
      )}
    </span>
  );
}

const kept = new Set(['IBAN', 'BIC', 'IP', 'URL', 'SSN', 'JWT', 'API', 'VIN', 'MAC', 'US', 'UK', 'EU', 'DE', 'FR', 'NHS', 'AWS', 'GCP', 'ID', 'PIN', 'CVV', 'IMEI', 'PEM', 'SSH', 'IPV4', 'IPV6']);

/** typeName turns PAYMENT_CARD into "Payment card" and leaves IBAN as it is. */
export function typeName(t: string): string {
  const s = t
    .split('_')
    .map((w) => (kept.has(w) ? w : w.toLowerCase()))
    .join(' ');
  return s.charAt(0).toUpperCase() + s.slice(1);
}

export function Empty({ title, children }: { title: string; children?: ComponentChildren }) {
  return (
    <div class="empty">
      {icons.calm}
      <h2>{title}</h2>
      {children && <p>{children}</p>}
    </div>
  );
}

/** Waiting stands where data will be: an outline at first, a word if it fails. */
export function Waiting({ on }: { on: Polled<unknown> }) {
  if (on.error) {
    return (
      <div class="empty" role="alert">
        <h2>{on.error.status === 403 ? 'Not for your role' : on.error.status === 404 ? 'Not here' : 'Nothing to show yet'}</h2>
        <p>{on.error.message}</p>
      </div>
    );
  }
  return (
    <div class="waiting" aria-busy="true" aria-label="Loading">
      <i />
      <i />
      <i />
    </div>
  );
}

export function Head({ title, lead, children }: { title: ComponentChildren; lead?: ComponentChildren; children?: ComponentChildren }) {
  return (
    <header class="head">
      <div>
        <h1>{title}</h1>
        {lead && <p class="lead">{lead}</p>}
      </div>
      {children && <div class="actions">{children}</div>}
    </header>
  );
}

export function Figure({ name, value, note, tone }: { name: string; value: ComponentChildren; note?: ComponentChildren; tone?: string }) {
  return (
    <div class={'figure ' + (tone ?? '')}>
      <dt>{name}</dt>
      <dd>
        <b>{value}</b>
        {note && <span class="note">{note}</span>}
      </dd>
    </div>
  );
}

/** Choice is a row of buttons of which one is on. */
export function Choice<T extends string>({ name, value, of, onPick }: { name: string; value: T; of: [T, string][]; onPick: (v: T) => void }) {
  return (
    <div class="choice" role="group" aria-label={name}>
      {of.map(([v, text]) => (
        <button type="button" key={v} aria-pressed={v === value} onClick={() => onPick(v)}>
          {text}
        </button>
      ))}
    </div>
  );
}
