import type { ComponentChildren, JSX } from 'preact';
import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import { ApiError, message } from './data/api';
import { href, setProject, useRoute } from './data/route';
import { load, signIn, signOut, takeToken, whenLost } from './data/session';
import type { Project, Session } from './data/types';
import { Empty } from './parts/bits';
import { Pulse, Stale } from './parts/freshness';
import { icons, Logo } from './parts/icons';
import { Search } from './parts/search';
import { choose, theme } from './parts/theme';
import { CoveragePage } from './pages/coverage';
import { EgressPage } from './pages/egress';
import { EntityPage } from './pages/entity';
import { Login } from './pages/login';
import { MapPage } from './pages/map';
import { NowPage } from './pages/now';
import { SensitivePage } from './pages/sensitive';
import { SettingsPage } from './pages/settings';

export interface PageProps {
  project: Project;
  session: Session;
  arg: string;
  query: URLSearchParams;
  reload: () => void; // of the session, after projects changed
}

const pages: Record<string, [title: string, page: (p: PageProps) => JSX.Element]> = {
  now: ['Now', NowPage],
  map: ['Map', MapPage],
  sensitive: ['Sensitive data', SensitivePage],
  egress: ['Egress', EgressPage],
  coverage: ['Coverage', CoveragePage],
  settings: ['Settings', SettingsPage],
  entity: ['Entity', EntityPage],
};
const nav = ['now', 'map', 'sensitive', 'egress', 'coverage', 'settings'] as const;

/** App is the whole page: signed out, or the shell around one page. */
export function App() {
  const [session, setSession] = useState<Session | null>();
  const [problem, setProblem] = useState('');

  async function open(how: Promise<Session>): Promise<void> {
    try {
      setSession(await how);
      setProblem('');
    } catch (e) {
      setSession(null);
      setProblem(e instanceof ApiError && e.status === 401 && e.code !== 'wrong_credentials' ? '' : message(e));
    }
  }

  useEffect(() => {
    whenLost(() => {
      setSession(null);
      setProblem('You have been signed out. Please sign in again.');
    });
    const token = takeToken();
    if (!token) return void open(load());
    signIn({ token }).then(
      (s) => setSession(s),
      async () => {
        // The link was used before: whoever is signed in still goes on.
        await open(load());
        setProblem('This sign-in link has been used or is too old. Sign in with your password, or ask for a new link.');
      },
    );
  }, []);

  if (session === undefined) return <div class="blank" aria-busy="true" />;
  if (session === null) return <Login problem={problem} onIn={(user, password) => signIn({ user, password }).then(setSession)} />;
  return <Shell session={session} reload={() => void open(load())} leave={() => void signOut().then(() => setSession(null), (e) => setProblem(message(e)))} />;
}

function Shell({ session, reload, leave }: { session: Session; reload: () => void; leave: () => void }) {
  const route = useRoute();
  const [menu, setMenu] = useState(false);
  const [mode, setMode] = useState(theme());
  const main = useRef<HTMLElement>(null);
  const project = useMemo(() => {
    const asked = route.query.get('project') ?? remembered();
    return session.projects.find((p) => p.id === asked) ?? session.projects[0];
  }, [route, session]);
  setProject(project?.id ?? '');

  const [title, Page] = pages[route.page] ?? [];
  useEffect(() => {
    document.title = (title ? title + ' · ' : '') + 'Weir';
    setMenu(false);
    scrollTo(0, 0);
  }, [route.page, route.arg]);

  function pick(id: string): void {
    try {
      localStorage.setItem('weir-project', id);
    } catch {
      // it is in the address anyway
    }
    setProject(id);
    location.hash = href(route.page === 'entity' ? 'now' : route.page);
  }

  return (
    <div class={'shell' + (menu ? ' menu-open' : '')}>
      <a
        class="skip"
        href="#main"
        onClick={(e) => {
          e.preventDefault();
          main.current?.focus();
        }}
      >
        Skip to the page
      </a>
      <div class="side">
        <div class="brand">
          <a href={href('now')} aria-label="Weir, to the first page">
            <Logo />
            <span>Weir</span>
          </a>
          <button type="button" class="plain menu" aria-expanded={menu} aria-controls="nav" onClick={() => setMenu(!menu)}>
            {icons.menu}
            <span class="sr">Menu</span>
          </button>
        </div>
        <div id="nav" class="fold">
          {project && (
            <label class="project">
              <span class="sr">Project</span>
              <select value={project.id} onChange={(e) => pick(e.currentTarget.value)}>
                {session.projects.map((p) => (
                  <option key={p.id} value={p.id}>
                    {p.name} · {p.environment}
                  </option>
                ))}
              </select>
            </label>
          )}
          <nav aria-label="Pages">
            <ul>
              {nav.map((n) => (
                <li key={n}>
                  <a href={href(n)} aria-current={n === route.page ? 'page' : undefined}>
                    {icons[n]}
                    {pages[n]![0]}
                  </a>
                </li>
              ))}
            </ul>
          </nav>
          <div class="foot">
            <Pulse />
            <div class="who">
              <span title={session.role}>
                {session.user}
                <span class="muted"> · {session.role}</span>
              </span>
              <button
                type="button"
                class="plain"
                title={mode === 'dark' ? 'Light colours' : 'Dark colours'}
                onClick={() => {
                  const next = mode === 'dark' ? 'light' : 'dark';
                  choose(next);
                  setMode(next);
                }}
              >
                {mode === 'dark' ? icons.sun : icons.moon}
                <span class="sr">{mode === 'dark' ? 'Light colours' : 'Dark colours'}</span>
              </button>
              {session.user !== 'anonymous' && (
                <button type="button" class="plain" title="Sign out" onClick={leave}>
                  {icons.out}
                  <span class="sr">Sign out</span>
                </button>
              )}
            </div>
          </div>
        </div>
      </div>
      <div class="stage">
        {project && (
          <div class="top">
            <Search project={project.id} />
          </div>
        )}
        <main id="main" ref={main} tabIndex={-1}>
          <Stale />
          {content()}
        </main>
      </div>
    </div>
  );

  function content(): ComponentChildren {
    if (!Page) {
      return (
        <Empty title="There is no such page">
          <a href={href('now')}>To the first page</a>
        </Empty>
      );
    }
    if (!project && route.page !== 'settings') {
      return (
        <Empty title="No project yet">
          A project holds what one cluster reports. {session.role === 'admin' ? <a href="#/settings">Make one in Settings.</a> : 'Ask an administrator to make one.'}
        </Empty>
      );
    }
    const none: Project = { id: '', name: '', environment: '' };
    // A page of another project or entity is another page: nothing is carried over.
    return <Page key={route.page + '/' + (route.page === 'entity' ? route.arg : '') + '/' + (project?.id ?? '')} project={project ?? none} session={session} arg={route.arg} query={route.query} reload={reload} />;
  }
}

function remembered(): string {
  try {
    return localStorage.getItem('weir-project') ?? '';
  } catch {
    return '';
  }
}
