import type { ComponentChildren } from 'preact';
import { useMemo, useRef, useState } from 'preact/hooks';
import { plural } from '../data/format';

export interface Column<T> {
  name: string;
  hint?: string;
  number?: boolean;
  tight?: boolean; // never broken into lines
  main?: boolean; // the row's headline on narrow screens
  cell: (row: T) => ComponentChildren;
  by?: (row: T) => string | number; // what to sort by; not sortable without
}

export interface TableProps<T> {
  caption: string;
  of: T[];
  columns: Column<T>[];
  id: (row: T) => string;
  text?: (row: T) => string; // what the filter looks in; no filter without
  sort?: [string, 'up' | 'down'];
  one: string; // "flow"
  many?: string;
  open?: (row: T) => void;
  opened?: (row: T) => ComponentChildren; // a further row below, when it is not empty
  tools?: ComponentChildren;
  empty?: ComponentChildren;
}

const page = 30;

/**
 * Table sorts by its headings, filters, and shows thirty rows at a time. The
 * arrow keys move between rows, Home and End to the ends, Enter opens one.
 * On narrow screens each row is a card.
 */
export function Table<T>(p: TableProps<T>) {
  const [sort, setSort] = useState(p.sort);
  const [filter, setFilter] = useState('');
  const [limit, setLimit] = useState(page);
  const [current, setCurrent] = useState(0);
  const body = useRef<HTMLTableSectionElement>(null);

  const rows = useMemo(() => {
    const words = filter.toLowerCase().split(/\s+/).filter(Boolean);
    let out = words.length && p.text ? p.of.filter((r) => contains(p.text!(r).toLowerCase(), words)) : p.of;
    const by = p.columns.find((c) => c.name === sort?.[0])?.by;
    if (by) {
      const sign = sort![1] === 'up' ? 1 : -1;
      out = out
        .map((row) => ({ row, key: by(row) }))
        .sort((a, b) => sign * (a.key < b.key ? -1 : a.key > b.key ? 1 : 0))
        .map((x) => x.row);
    }
    return out;
  }, [p.of, filter, sort]);

  function order(c: Column<T>): void {
    const first = c.number ? 'down' : 'up';
    setSort((s) => [c.name, s?.[0] === c.name ? (s[1] === 'up' ? 'down' : 'up') : first]);
  }

  function keys(e: KeyboardEvent): void {
    const row = (e.target as HTMLElement).closest('tr');
    if (!row || e.altKey || e.ctrlKey || e.metaKey) return;
    const all = [...body.current!.querySelectorAll<HTMLTableRowElement>('tr[data-row]')];
    const i = all.indexOf(row);
    const to = { ArrowDown: i + 1, ArrowUp: i - 1, Home: 0, End: all.length - 1 }[e.key];
    if (to !== undefined && i >= 0) {
      e.preventDefault();
      const next = Math.min(all.length - 1, Math.max(0, to));
      setCurrent(next);
      all[next]?.focus();
    } else if (e.key === 'Enter' && e.target === row && p.open && rows[i]) {
      e.preventDefault();
      p.open(rows[i]!);
    }
  }

  const shown = rows.slice(0, limit);
  return (
    <div class="tablebox">
      {(p.text || p.tools) && (
        <div class="tools">
          {p.text && (
            <input
              type="search"
              placeholder={`Filter ${p.many ?? p.one + 's'}`}
              aria-label={`Filter ${p.many ?? p.one + 's'}`}
              value={filter}
              onInput={(e) => {
                setFilter(e.currentTarget.value);
                setLimit(page);
              }}
            />
          )}
          {p.tools}
          <span class="count" role="status">
            {rows.length === p.of.length ? plural(rows.length, p.one, p.many) : `${rows.length} of ${plural(p.of.length, p.one, p.many)}`}
          </span>
        </div>
      )}
      {rows.length === 0 ? (
        <div class="nothing">{filter ? 'Nothing matches the filter.' : (p.empty ?? 'Nothing yet.')}</div>
      ) : (
        <table>
          <caption class="sr">{p.caption}</caption>
          <thead>
            <tr>
              {p.columns.map((c) => (
                <th
                  key={c.name}
                  scope="col"
                  class={c.number ? 'number' : ''}
                  title={c.hint}
                  aria-sort={sort?.[0] === c.name ? (sort[1] === 'up' ? 'ascending' : 'descending') : undefined}
                >
                  {c.by ? (
                    <button type="button" onClick={() => order(c)}>
                      {c.name}
                      {sort?.[0] === c.name && <span aria-hidden="true">{sort[1] === 'up' ? '↑' : '↓'}</span>}
                    </button>
                  ) : (
                    c.name
                  )}
                </th>
              ))}
            </tr>
          </thead>
          <tbody ref={body} onKeyDown={keys}>
            {shown.map((r, i) => {
              const below = p.opened?.(r);
              return [
                <tr
                  key={p.id(r)}
                  data-row
                  class={p.open ? 'opens' : ''}
                  tabIndex={i === Math.min(current, shown.length - 1) ? 0 : -1}
                  onFocus={() => setCurrent(i)}
                  aria-expanded={p.opened ? !!below : undefined}
                  onClick={(e) => {
                    if (p.open && !(e.target as HTMLElement).closest('a,button,input,select')) p.open(r);
                  }}
                >
                  {p.columns.map((c) => (
                    <td key={c.name} data-name={c.name} class={[c.number && 'number', c.tight && 'tight', c.main && 'main'].filter(Boolean).join(' ')}>
                      <div class="in">{c.cell(r)}</div>
                    </td>
                  ))}
                </tr>,
                below && (
                  <tr key={p.id(r) + '/more'} class="below">
                    <td colSpan={p.columns.length}>{below}</td>
                  </tr>
                ),
              ];
            })}
          </tbody>
        </table>
      )}
      {rows.length > limit && (
        <button type="button" class="more" onClick={() => setLimit(limit + page)}>
          Show {Math.min(page, rows.length - limit)} more of {rows.length - limit}
        </button>
      )}
    </div>
  );
}

function contains(text: string, words: string[]): boolean {
  return words.every((w) => text.includes(w));
}
