import { useEffect, useRef, useState } from 'preact/hooks';
import { ApiError, message } from '../data/api';
import { Logo } from '../parts/icons';

/** Login asks for a name and a password. */
export function Login({ problem, onIn }: { problem: string; onIn: (user: string, password: string) => Promise<void> }) {
  const [error, setError] = useState('');
  const [busy, setBusy] = useState(false);
  const first = useRef<HTMLInputElement>(null);
  useEffect(() => {
    document.title = 'Sign in · Weir';
    first.current?.focus();
  }, []);

  async function submit(e: SubmitEvent): Promise<void> {
    e.preventDefault();
    const form = new FormData(e.currentTarget as HTMLFormElement);
    setBusy(true);
    setError('');
    try {
      await onIn(String(form.get('user')), String(form.get('password')));
    } catch (err) {
      setBusy(false);
      setError(
        err instanceof ApiError && err.status === 401
          ? 'Name or password is wrong.'
          : err instanceof ApiError && err.status === 429
            ? 'Too many attempts. Wait a little and try again.'
            : message(err),
      );
    }
  }

  return (
    <main class="login">
      <form onSubmit={submit}>
        <Logo />
        <h1>Weir</h1>
        <p class="lead">What your services do, without what they say.</p>
        <label>
          Name
          <input ref={first} name="user" autocomplete="username" autocapitalize="none" spellcheck={false} required />
        </label>
        <label>
          Password
          <input name="password" type="password" autocomplete="current-password" required />
        </label>
        <p class="error" role="alert">
          {error || problem}
        </p>
        <button type="submit" class="primary" disabled={busy}>
          {busy ? 'Signing in…' : 'Sign in'}
        </button>
      </form>
    </main>
  );
}
