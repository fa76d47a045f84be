import { useEffect, useState } from 'preact/hooks';

// A page's address is a fragment: #/<page>/<argument>?project=<id>. The server
// never sees it, so names stay out of access logs.
export interface Route {
  page: string;
  arg: string;
  query: URLSearchParams;
}

export function parse(hash: string): Route {
  const [path = '', query = ''] = hash.replace(/^#\/?/, '').split('?', 2);
  const [page = '', arg = ''] = path.split('/');
  let decoded = '';
  try {
    decoded = decodeURIComponent(arg);
  } catch {
    // a broken escape names nothing
  }
  return { page: page || 'now', arg: decoded, query: new URLSearchParams(query) };
}

let project = '';

/** setProject makes links lead to pages of this project. */
export function setProject(id: string): void {
  project = id;
}

export function href(page: string, arg = '', query: Record<string, string> = {}): string {
  const q = new URLSearchParams(query);
  if (project) q.set('project', project);
  const s = q.toString();
  return '#/' + page + (arg ? '/' + encodeURIComponent(arg) : '') + (s ? '?' + s : '');
}

export function useRoute(): Route {
  const [route, set] = useState(() => parse(location.hash));
  useEffect(() => {
    const changed = (): void => set(parse(location.hash));
    addEventListener('hashchange', changed);
    return () => removeEventListener('hashchange', changed);
  }, []);
  return route;
}
