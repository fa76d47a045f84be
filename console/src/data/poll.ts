import { useEffect, useState } from 'preact/hooks';
import { ApiError, now, text } from './api';
import { lostSession } from './session';
import type { Aged } from './types';

/** How often a page asks for news, in milliseconds. */
const often = 5000;
/** The same for pages a look at which is written to the access log. */
export const seldom = 15_000;

export interface Polled<T> {
  data?: T;
  error?: ApiError;
}

// Freshness is what the bar at the top of the page tells: when the last answer
// came, of when its newest fact is, and since when requests fail.
export interface Freshness {
  answered: number;
  asOf: number;
  failing?: ApiError;
}

let fresh: Freshness = { answered: 0, asOf: 0 };
const listeners = new Set<(f: Freshness) => void>();

function publish(next: Freshness): void {
  fresh = next;
  for (const l of listeners) l(fresh);
}

export function useFreshness(): Freshness {
  const [f, set] = useState(fresh);
  useEffect(() => {
    listeners.add(set);
    set(fresh);
    return () => void listeners.delete(set);
  }, []);
  return f;
}

/**
 * usePoll asks for path now and every so often while the page is visible.
 * An answer equal to the one before changes nothing, so nothing is drawn anew.
 * Data of the last good answer stays while requests fail.
 */
export function usePoll<T extends Aged>(path: string | undefined, every = often): Polled<T> {
  const [state, set] = useState<Polled<T> & { path?: string }>({});
  useEffect(() => {
    if (path === undefined) return;
    const stop = new AbortController();
    let timer = 0;
    let last = '';
    let busy = false;
    async function ask(): Promise<void> {
      clearTimeout(timer);
      if (busy || stop.signal.aborted || document.hidden) return;
      busy = true;
      try {
        const answer = await text(path!, stop.signal);
        if (answer !== last) {
          last = answer;
          const data = JSON.parse(answer) as T;
          const asOf = data.as_of ? Date.parse(data.as_of) : 0;
          publish({ answered: now(), asOf });
          set({ data, path });
        } else {
          publish({ ...fresh, answered: now(), failing: undefined });
        }
      } catch (e) {
        if (stop.signal.aborted) return;
        const error = e instanceof ApiError ? e : new ApiError(0, 'answer', 'The backend’s answer can’t be read.');
        if (error.status === 401) return lostSession();
        last = ''; // the next good answer clears the error
        publish({ ...fresh, failing: error });
        set((s) => (s.path === path ? { ...s, error } : { error, path }));
      } finally {
        busy = false;
        if (!stop.signal.aborted) timer = window.setTimeout(ask, every);
      }
    }
    const seen = (): void => void (document.hidden ? clearTimeout(timer) : ask());
    document.addEventListener('visibilitychange', seen);
    void ask();
    return () => {
      stop.abort();
      clearTimeout(timer);
      document.removeEventListener('visibilitychange', seen);
    };
  }, [path, every]);
  return state.path === path ? state : {};
}
