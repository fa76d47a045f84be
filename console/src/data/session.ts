import { call, get, setCsrf } from './api';
import type { Session } from './types';

let onLost: () => void = () => {};

/** whenLost tells what to do when the backend no longer knows the session. */
export function whenLost(f: () => void): void {
  onLost = f;
}

export function lostSession(): void {
  setCsrf('');
  onLost();
}

export async function load(): Promise<Session> {
  const s = await get<Session>('/session');
  setCsrf(s.csrf);
  return { ...s, projects: s.projects ?? [] };
}

export async function signIn(how: { user: string; password: string } | { token: string }): Promise<Session> {
  await call('POST', '/session', how);
  return load();
}

export async function signOut(): Promise<void> {
  await call('DELETE', '/session');
  setCsrf('');
}

/**
 * takeToken returns the one-time token of the address and takes it out of the
 * address bar and of the history.
 */
export function takeToken(): string | undefined {
  const token = new URLSearchParams(location.hash.slice(1)).get('token');
  if (!token) return undefined;
  history.replaceState(null, '', location.pathname);
  return token;
}
