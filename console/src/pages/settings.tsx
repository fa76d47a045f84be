import type { ComponentChildren } from 'preact';
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import type { PageProps } from '../app';
import { call, get, message } from '../data/api';
import { clock, plain, time } from '../data/format';
import type { Access, Key, Project, Role, User } from '../data/types';
import { Age, Head } from '../parts/bits';
import { Table } from '../parts/table';

const roles: [Role, string][] = [
  ['viewer', 'Viewer: sees everything but keys and users'],
  ['editor', 'Editor: makes and revokes keys, too'],
  ['admin', 'Administrator: projects and users, too'],
];

/** SettingsPage: projects and their keys, users, who looked at what. */
export function SettingsPage(p: PageProps) {
  const admin = p.session.role === 'admin';
  const editor = admin || p.session.role === 'editor';
  return (
    <>
      <Head title="Settings" lead={`You are signed in as ${p.session.user}, with the role ${p.session.role}.`} />
      <Projects {...p} admin={admin} />
      {p.project.id && (editor ? <Keys project={p.project} /> : <Section title="Keys">Keys are shown to editors and administrators.</Section>)}
      {admin && <Users me={p.session.user} />}
      {admin && <AccessLog projects={p.session.projects} />}
    </>
  );
}

function Section({ title, children, lead }: { title: string; lead?: string; children: ComponentChildren }) {
  return (
    <section class="panel">
      <h2>{title}</h2>
      {lead && <p class="muted">{lead}</p>}
      {children}
    </section>
  );
}

// useList loads a list and gives the means to load it again.
function useList<T>(path: string, name: string): [T[] | undefined, string, () => void] {
  const [state, set] = useState<{ list?: T[]; error: string }>({ error: '' });
  const [turn, setTurn] = useState(0);
  useEffect(() => {
    const stop = new AbortController();
    get<Record<string, T[] | null>>(path, stop.signal).then(
      (a) => set({ list: a[name] ?? [], error: '' }),
      (e) => stop.signal.aborted || set({ error: message(e) }),
    );
    return () => stop.abort();
  }, [path, turn]);
  return [state.list, state.error, () => setTurn((n) => n + 1)];
}

// useDoing runs a change and keeps what went wrong.
function useDoing(): [string, boolean, (f: () => Promise<void>) => Promise<boolean>] {
  const [error, setError] = useState('');
  const [busy, setBusy] = useState(false);
  return [
    error,
    busy,
    async (f) => {
      setBusy(true);
      setError('');
      try {
        await f();
        return true;
      } catch (e) {
        setError(message(e));
        return false;
      } finally {
        setBusy(false);
      }
    },
  ];
}

/** Dialog asks before something is done that can't be taken back. */
function Dialog({ title, children, onClose }: { title: string; children: ComponentChildren; onClose: () => void }) {
  const box = useRef<HTMLDialogElement>(null);
  useLayoutEffect(() => box.current?.showModal(), []);
  return (
    <dialog
      ref={box}
      aria-label={title}
      onClose={onClose}
      onKeyDown={(e) => {
        if (e.key !== 'Escape') return;
        e.preventDefault();
        onClose();
      }}
    >
      <h2>{title}</h2>
      {children}
    </dialog>
  );
}

function Confirm({ title, text, yes, onYes, onClose }: { title: string; text: string; yes: string; onYes: () => Promise<void>; onClose: () => void }) {
  const [error, busy, doing] = useDoing();
  return (
    <Dialog title={title} onClose={onClose}>
      <p>{text}</p>
      {error && (
        <p class="error" role="alert">
          {error}
        </p>
      )}
      <div class="buttons">
        <button type="button" onClick={onClose} autofocus>
          Cancel
        </button>
        <button type="button" class="danger" disabled={busy} onClick={() => void doing(onYes).then((ok) => ok && onClose())}>
          {yes}
        </button>
      </div>
    </Dialog>
  );
}

function Projects({ session, reload, admin }: PageProps & { admin: boolean }) {
  const [gone, setGone] = useState<Project>();
  const [renamed, setRenamed] = useState<Project>();
  const [error, busy, doing] = useDoing();
  return (
    <Section title="Projects" lead="A project holds what one cluster reports. Projects never see each other’s figures.">
      {session.projects.length > 0 && (
        <Table
          caption="Projects"
          of={session.projects}
          one="project"
          id={(p) => p.id}
          columns={[
            { name: 'Name', main: true, by: (p) => p.name, cell: (p) => p.name },
            { name: 'Environment', by: (p) => p.environment, cell: (p) => <span class={'tag ' + p.environment}>{p.environment}</span> },
            ...(admin
              ? [
                  {
                    name: 'Change',
                    cell: (p: Project) => (
                      <span class="buttons">
                        <button type="button" class="link" onClick={() => setRenamed(p)}>
                          Rename
                        </button>
                        <button type="button" class="link danger" onClick={() => setGone(p)}>
                          Delete
                        </button>
                      </span>
                    ),
                  },
                ]
              : []),
          ]}
        />
      )}
      {admin && (
        <form
          class="line"
          onSubmit={(e) => {
            e.preventDefault();
            const form = e.currentTarget;
            const f = new FormData(form);
            void doing(async () => {
              await call('POST', '/projects', { name: f.get('name'), environment: f.get('environment') });
              form.reset();
              reload();
            });
          }}
        >
          <label>
            New project
            <input name="name" required maxLength={64} placeholder="Name" />
          </label>
          <label>
            Environment
            <select name="environment">
              <option>production</option>
              <option>staging</option>
              <option>development</option>
            </select>
          </label>
          <button type="submit" disabled={busy}>
            Make project
          </button>
        </form>
      )}
      {error && (
        <p class="error" role="alert">
          {error}
        </p>
      )}
      {gone && (
        <Confirm
          title={`Delete ${gone.name}?`}
          text="Its keys stop working at once and it is no longer shown. What was reported is kept."
          yes="Delete project"
          onClose={() => setGone(undefined)}
          onYes={async () => {
            await call('DELETE', '/projects/' + encodeURIComponent(gone.id));
            reload();
          }}
        />
      )}
      {renamed && (
        <Dialog title="Rename the project" onClose={() => setRenamed(undefined)}>
          <form
            onSubmit={(e) => {
              e.preventDefault();
              const name = new FormData(e.currentTarget).get('name');
              void doing(async () => {
                await call('PATCH', '/projects/' + encodeURIComponent(renamed.id), { name });
                reload();
              }).then((ok) => ok && setRenamed(undefined));
            }}
          >
            <label>
              Name
              <input name="name" required maxLength={64} defaultValue={renamed.name} autofocus />
            </label>
            <div class="buttons">
              <button type="button" onClick={() => setRenamed(undefined)}>
                Cancel
              </button>
              <button type="submit" class="primary" disabled={busy}>
                Rename
              </button>
            </div>
          </form>
        </Dialog>
      )}
    </Section>
  );
}

function Keys({ project }: { project: Project }) {
  const base = `/projects/${encodeURIComponent(project.id)}/keys`;
  const [keys, failed, again] = useList<Key>(base, 'keys');
  const [made, setMade] = useState<Key>();
  const [asked, setAsked] = useState<[what: 'revoke' | 'rotate', key: Key]>();
  const [error, busy, doing] = useDoing();
  return (
    <Section title={`Keys of ${project.name}`} lead="The mediator of a cluster shows a key when it reports. A key’s text is shown once and not kept.">
      {failed && <p class="error">{failed}</p>}
      {keys && (
        <Table
          caption="Keys"
          of={keys}
          one="key"
          id={(k) => k.id}
          empty="No key yet: make one, and give it to the cluster’s mediator."
          columns={[
            { name: 'What for', main: true, by: (k) => k.description, cell: (k) => k.description },
            { name: 'Begins with', cell: (k) => <code>{k.prefix}</code> },
            { name: 'Made', tight: true, by: (k) => k.created, cell: (k) => <Age at={k.created} /> },
            { name: 'Last used', tight: true, by: (k) => k.last_used ?? '', cell: (k) => <Age at={k.last_used} fallback="never" /> },
            {
              name: 'Change',
              cell: (k) =>
                k.revoked ? (
                  <span class="muted">
                    revoked <Age at={k.revoked} />
                  </span>
                ) : (
                  <span class="buttons">
                    <button type="button" class="link" onClick={() => setAsked(['rotate', k])}>
                      Replace
                    </button>
                    <button type="button" class="link danger" onClick={() => setAsked(['revoke', k])}>
                      Revoke
                    </button>
                  </span>
                ),
            },
          ]}
        />
      )}
      <form
        class="line"
        onSubmit={(e) => {
          e.preventDefault();
          const form = e.currentTarget;
          const description = new FormData(form).get('description');
          void doing(async () => {
            setMade(await call<Key>('POST', base, { description }));
            form.reset();
            again();
          });
        }}
      >
        <label class="wide">
          New key
          <input name="description" required maxLength={200} placeholder="What it is for, such as: mediator in Frankfurt" />
        </label>
        <button type="submit" disabled={busy}>
          Make key
        </button>
      </form>
      {error && (
        <p class="error" role="alert">
          {error}
        </p>
      )}
      {asked && (
        <Confirm
          title={asked[0] === 'revoke' ? 'Revoke this key?' : 'Replace this key?'}
          text={`“${asked[1].description}” stops working at once. ${asked[0] === 'rotate' ? 'You get a new one with the same description.' : 'This can’t be taken back.'}`}
          yes={asked[0] === 'revoke' ? 'Revoke key' : 'Replace key'}
          onClose={() => setAsked(undefined)}
          onYes={async () => {
            const path = base + '/' + encodeURIComponent(asked[1].id);
            if (asked[0] === 'revoke') await call('DELETE', path);
            else setMade(await call<Key>('POST', path + '/rotate'));
            again();
          }}
        />
      )}
      {made && !asked && (
        <Dialog title="Your new key" onClose={() => setMade(undefined)}>
          <p>Copy it now: it is not shown again.</p>
          <input class="secret" readOnly value={made.key} aria-label="Key" onFocus={(e) => e.currentTarget.select()} autofocus />
          <div class="buttons">
            <Copy text={made.key ?? ''} />
            <button type="button" class="primary" onClick={() => setMade(undefined)}>
              I have it
            </button>
          </div>
        </Dialog>
      )}
    </Section>
  );
}

function Copy({ text }: { text: string }) {
  const [done, setDone] = useState(false);
  // Browsers give the clipboard to secure pages alone; the field can be copied by hand.
  if (!navigator.clipboard) return null;
  return (
    <button type="button" onClick={() => void navigator.clipboard.writeText(text).then(() => setDone(true), () => {})}>
      {done ? 'Copied' : 'Copy'}
    </button>
  );
}

function Users({ me }: { me: string }) {
  const [users, failed, again] = useList<User>('/users', 'users');
  const [gone, setGone] = useState<User>();
  const [error, busy, doing] = useDoing();
  return (
    <Section title="Users">
      {failed && <p class="error">{failed}</p>}
      {users && (
        <Table
          caption="Users"
          of={users}
          one="user"
          id={(u) => u.id}
          columns={[
            { name: 'Name', main: true, by: (u) => u.name, cell: (u) => <>{u.name} {u.name === me && <span class="muted">(you)</span>}</> },
            {
              name: 'Role',
              by: (u) => u.role,
              cell: (u) => (
                <select
                  aria-label={'Role of ' + u.name}
                  value={u.role}
                  disabled={u.name === me || busy}
                  onChange={(e) => {
                    const role = e.currentTarget.value;
                    void doing(() => call('PATCH', '/users/' + encodeURIComponent(u.id), { role })).then(again);
                  }}
                >
                  {roles.map(([r]) => (
                    <option key={r}>{r}</option>
                  ))}
                </select>
              ),
            },
            { name: 'Since', tight: true, by: (u) => u.created, cell: (u) => <Age at={u.created} /> },
            {
              name: 'Change',
              cell: (u) =>
                u.name !== me && (
                  <button type="button" class="link danger" onClick={() => setGone(u)}>
                    Delete
                  </button>
                ),
            },
          ]}
        />
      )}
      <form
        class="line"
        onSubmit={(e) => {
          e.preventDefault();
          const form = e.currentTarget;
          const f = new FormData(form);
          void doing(async () => {
            await call('POST', '/users', { name: f.get('name'), role: f.get('role'), password: f.get('password') });
            form.reset();
            again();
          });
        }}
      >
        <label>
          New user
          <input name="name" required pattern="[a-z0-9][a-z0-9._@\-]{0,63}" title="Small letters, digits, and . _ @ -" placeholder="Name" autocomplete="off" />
        </label>
        <label>
          Password
          <input name="password" type="password" required minLength={12} maxLength={256} autocomplete="new-password" placeholder="At least 12 signs" />
        </label>
        <label>
          Role
          <select name="role">
            {roles.map(([r, text]) => (
              <option key={r} value={r}>
                {text}
              </option>
            ))}
          </select>
        </label>
        <button type="submit" disabled={busy}>
          Add user
        </button>
      </form>
      {error && (
        <p class="error" role="alert">
          {error}
        </p>
      )}
      {gone && (
        <Confirm
          title={`Delete ${gone.name}?`}
          text="They are signed out at once and can’t sign in again."
          yes="Delete user"
          onClose={() => setGone(undefined)}
          onYes={async () => {
            await call('DELETE', '/users/' + encodeURIComponent(gone.id));
            again();
          }}
        />
      )}
    </Section>
  );
}

function AccessLog({ projects }: { projects: Project[] }) {
  const [entries, failed] = useList<Access>('/access-log', 'entries');
  const names = new Map(projects.map((p) => [p.id, p.name]));
  return (
    <Section title="Who did what" lead="Sign-ins, changes, and looks at sensitive pages. The newest 200; nothing is ever removed from it.">
      {failed && <p class="error">{failed}</p>}
      {entries && (
        <Table
          caption="Access log"
          of={entries}
          one="entry"
          many="entries"
          id={(e) => [e.time, e.user, e.action, e.object, e.project].join('|')}
          text={(e) => [e.user, plain(e.action), names.get(e.project ?? '') ?? '', e.address].join(' ')}
          columns={[
            { name: 'When', tight: true, by: (e) => e.time, cell: (e) => clock(time(e.time) ?? 0) },
            { name: 'Who', by: (e) => e.user, cell: (e) => e.user || '–' },
            { name: 'What', main: true, by: (e) => e.action, cell: (e) => <span class={e.action === 'login_failed' ? 'bad' : ''}>{plain(e.action)}</span> },
            { name: 'Project', by: (e) => names.get(e.project ?? '') ?? '', cell: (e) => names.get(e.project ?? '') ?? '' },
            { name: 'From', by: (e) => e.address, cell: (e) => <code>{e.address}</code> },
          ]}
        />
      )}
    </Section>
  );
}
