import { ago, clock, duration } from '../data/format';
import { useFreshness } from '../data/poll';
import { useClock } from './bits';

// Agents report once a minute. Two windows without a report are no accident.
const window = 60_000;

/** Freshness tells whether what is on the page is of now. */
export function Stale() {
  const f = useFreshness();
  const t = useClock();
  if (f.failing && f.failing.status !== 403 && f.failing.status !== 404) {
    return (
      <div class="banner" role="alert">
        <b>{f.failing.status === 0 ? 'The backend does not answer.' : f.failing.message}</b>{' '}
        {f.answered ? `What you see is from ${clock(f.asOf || f.answered)}. ` : ''}Trying again every few seconds.
      </div>
    );
  }
  if (f.asOf && t - f.asOf > 2 * window) {
    return (
      <div class="banner" role="status">
        <b>No report has come for {duration(t - f.asOf)}.</b> What you see is from {clock(f.asOf)}. The agents may be stopped or unable to
        reach the backend.
      </div>
    );
  }
  return null;
}

/** Pulse is the small print of the same: how old the newest facts are. */
export function Pulse() {
  const f = useFreshness();
  const t = useClock();
  if (!f.asOf && !f.failing) return null; // a page that asks for no facts
  const bad = !!f.failing || (f.asOf > 0 && t - f.asOf > 2 * window);
  return (
    <p class={'pulse' + (bad ? ' bad' : '')} title={f.asOf ? 'Newest report: ' + clock(f.asOf) : undefined}>
      <i aria-hidden="true" />
      {f.asOf ? `As of ${ago(f.asOf, t)}` : 'Waiting for reports'}
    </p>
  );
}
