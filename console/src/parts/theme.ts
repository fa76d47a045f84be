// The theme is the system's until someone chooses one; then this browser's.
export type Theme = 'light' | 'dark';

const name = 'weir-theme';

export function theme(): Theme {
  const t = document.documentElement.dataset.theme;
  if (t === 'light' || t === 'dark') return t;
  return matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light';
}

export function restore(): void {
  try {
    const t = localStorage.getItem(name);
    if (t === 'light' || t === 'dark') document.documentElement.dataset.theme = t;
  } catch {
    // no storage: the system's theme it is
  }
}

export function choose(t: Theme): void {
  document.documentElement.dataset.theme = t;
  try {
    localStorage.setItem(name, t);
  } catch {
    // then it holds until the page is left
  }
}
