import { useEffect, useRef, useState } from 'preact/hooks';
import { get } from '../data/api';
import { plain } from '../data/format';
import { href } from '../data/route';
import type { Entities, Node } from '../data/types';
import { icons } from './icons';
import { Mark } from './bits';

/** Search finds entities by name from anywhere: "/" goes to it. */
export function Search({ project }: { project: string }) {
  const input = useRef<HTMLInputElement>(null);
  const box = useRef<HTMLDivElement>(null);
  const [query, setQuery] = useState('');
  const [found, setFound] = useState<Node[]>();
  const [at, setAt] = useState(0);
  const [open, setOpen] = useState(false);

  useEffect(() => {
    function key(e: KeyboardEvent): void {
      const t = e.target as HTMLElement;
      if (e.key !== '/' || e.ctrlKey || e.metaKey || e.altKey || t.closest('input,textarea,select,dialog')) return;
      e.preventDefault();
      input.current?.focus();
      input.current?.select();
    }
    document.addEventListener('keydown', key);
    return () => document.removeEventListener('keydown', key);
  }, []);

  useEffect(() => {
    const q = query.trim();
    if (!q) return setFound(undefined);
    const stop = new AbortController();
    const id = setTimeout(() => {
      get<Entities>(`/projects/${encodeURIComponent(project)}/entities?query=${encodeURIComponent(q)}`, stop.signal).then(
        (a) => {
          setFound((a.entities ?? []).slice(0, 12));
          setAt(0);
        },
        () => stop.signal.aborted || setFound([]),
      );
    }, 120);
    return () => {
      stop.abort();
      clearTimeout(id);
    };
  }, [query, project]);

  function go(n: Node): void {
    location.hash = href('entity', n.id);
    setOpen(false);
    setQuery('');
    input.current?.blur();
  }

  function keys(e: KeyboardEvent): void {
    if (e.key === 'Escape') {
      setOpen(false);
      input.current?.blur();
    }
    if (!found?.length) return;
    const by = { ArrowDown: 1, ArrowUp: -1 }[e.key];
    if (by) {
      e.preventDefault();
      setAt((at + by + found.length) % found.length);
    } else if (e.key === 'Enter') {
      e.preventDefault();
      go(found[at]!);
    }
  }

  const listed = open && found !== undefined;
  return (
    <div
      class="search"
      ref={box}
      role="search"
      onFocusOut={(e) => {
        if (!box.current!.contains(e.relatedTarget as Element)) setOpen(false);
      }}
    >
      {icons.search}
      <input
        ref={input}
        type="text"
        role="combobox"
        aria-label="Find a service, pod or node"
        aria-expanded={listed}
        aria-controls="found"
        aria-autocomplete="list"
        aria-activedescendant={listed && found.length ? 'found-' + at : undefined}
        placeholder="Find anything by name"
        autocomplete="off"
        spellcheck={false}
        value={query}
        onInput={(e) => {
          setQuery(e.currentTarget.value);
          setOpen(true);
        }}
        onFocus={() => setOpen(true)}
        onKeyDown={keys}
      />
      <kbd aria-hidden="true">/</kbd>
      {listed && (
        <ul id="found" role="listbox" aria-label="Found">
          {found.map((n, i) => (
            <li
              key={n.id}
              id={'found-' + i}
              role="option"
              aria-selected={i === at}
              onPointerDown={(e) => {
                e.preventDefault();
                go(n);
              }}
            >
              <span class="name">{n.name}</span>
              <span class="muted">
                {plain(n.type)}
                {n.namespace && ' in ' + n.namespace}
              </span>
              {n.open_symptoms > 0 && n.severity && <Mark severity={n.severity} word={false} />}
            </li>
          ))}
          {found.length === 0 && <li class="muted">Nothing by that name.</li>}
        </ul>
      )}
    </div>
  );
}
