// Requests to the backend. What goes wrong is an ApiError: status 0 means that
// nothing answered.

export class ApiError extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
  ) {
    super(message);
  }
}

let csrf = '';

/** setCsrf keeps the session's token, which state-changing requests carry. */
export function setCsrf(token: string): void {
  csrf = token;
}

// How far this machine's clock is behind the backend's, in milliseconds: ages
// are told by the backend's clock.
let skew = 0;

/** now is the backend's time in milliseconds, as far as it is known. */
export function now(): number {
  return Date.now() + skew;
}

async function send(method: string, path: string, body: unknown, signal?: AbortSignal): Promise<Response> {
  const headers: Record<string, string> = { accept: 'application/json' };
  if (body !== undefined) headers['content-type'] = 'application/json';
  if (method !== 'GET' && csrf) headers['x-weir-csrf'] = csrf;
  let response: Response;
  try {
    response = await fetch('/api/v1' + path, {
      method,
      headers,
      body: body === undefined ? undefined : JSON.stringify(body),
      credentials: 'same-origin',
      cache: 'no-store',
      signal,
    });
  } catch (e) {
    if (signal?.aborted) throw e;
    throw new ApiError(0, 'unreachable', 'The backend does not answer.');
  }
  const date = Date.parse(response.headers.get('date') ?? '');
  // The header counts whole seconds: less than that is no difference.
  if (!Number.isNaN(date)) skew = Math.abs(date - Date.now()) > 1500 ? date - Date.now() : 0;
  if (!response.ok) throw await refusal(response);
  return response;
}

async function refusal(response: Response): Promise<ApiError> {
  try {
    const { error } = (await response.json()) as { error: { code: string; message: string } };
    return new ApiError(response.status, error.code, sentence(error.message));
  } catch {
    return new ApiError(response.status, 'http', `The backend answered with status ${response.status}.`);
  }
}

function sentence(text: string): string {
  const s = text.charAt(0).toUpperCase() + text.slice(1);
  return /[.!?]$/.test(s) ? s : s + '.';
}

/** text fetches a page's data unparsed, so that an unchanged answer is noticed. */
export async function text(path: string, signal?: AbortSignal): Promise<string> {
  return (await send('GET', path, undefined, signal)).text();
}

export async function get<T>(path: string, signal?: AbortSignal): Promise<T> {
  return JSON.parse(await text(path, signal)) as T;
}

/** call changes state. Answers without a body are undefined. */
export async function call<T = void>(method: 'POST' | 'PATCH' | 'DELETE', path: string, body?: unknown): Promise<T> {
  const answer = await (await send(method, path, body)).text();
  return (answer ? JSON.parse(answer) : undefined) as T;
}

/** message is what a person is told about an error. */
export function message(e: unknown): string {
  return e instanceof Error ? e.message : String(e);
}

