import { useEffect, useLayoutEffect, useMemo, useRef, useState } from 'preact/hooks';
import { percent, plain, rate, seconds } from '../data/format';
import { severityWords, typeName } from '../parts/bits';
import { layout, type Size } from './layout';
import type { Box, Line, Picture } from './model';

export interface GraphProps {
  picture: Picture;
  size: Size;
  focus?: string; // the box in the middle of attention
  selected?: string; // a box or a line
  onBox: (b: Box) => void;
  onLine: (l: Line) => void;
  label: string;
}

/** Up to here every line bears its figures, for which there must be room. */
export const fewLines = 36;

/**
 * Graph draws a picture as SVG. Dragging moves it, the buttons and pinching (or
 * the wheel with Ctrl) zoom; the arrow keys go from box to box, Enter opens one.
 */
export function Graph(p: GraphProps) {
  const svg = useRef<SVGSVGElement>(null);
  const world = useRef<SVGGElement>(null);
  const view = useRef({ x: 0, y: 0, k: 1 });
  const drag = useRef<{ id: number; x: number; y: number; moved: boolean } | undefined>(undefined);
  const [current, setCurrent] = useState<string>();
  const laid = useMemo(() => layout(p.picture, p.size), [p.picture, p.size]);
  const shape = p.picture.boxes.map((b) => b.id).join();

  function apply(): void {
    const { x, y, k } = view.current;
    world.current?.setAttribute('transform', `translate(${x} ${y}) scale(${k})`);
  }

  function fit(): void {
    const r = svg.current!.getBoundingClientRect();
    const pad = 16;
    const low = r.width < 600 ? 40 : 0; // for the buttons
    const whole = Math.min((r.width - 2 * pad) / laid.width, (r.height - 2 * pad - low) / laid.height);
    const least = p.focus || r.width < 600 ? 0.55 : 0.1; // what can be read, or everything
    const k = Math.min(1.1, Math.max(whole, least));
    const c = (p.focus && k > whole && laid.at.get(p.focus)) || [laid.width / 2, laid.height / 2];
    view.current = { k, x: r.width / 2 - c[0] * k, y: (r.height - low) / 2 - c[1] * k };
    apply();
  }

  function zoom(by: number, cx?: number, cy?: number): void {
    const r = svg.current!.getBoundingClientRect();
    const x = cx === undefined ? r.width / 2 : cx - r.left;
    const y = cy === undefined ? r.height / 2 : cy - r.top;
    const v = view.current;
    const k = Math.min(3, Math.max(0.08, v.k * by));
    view.current = { k, x: x - ((x - v.x) * k) / v.k, y: y - ((y - v.y) * k) / v.k };
    apply();
  }

  // New figures keep the view; new boxes are brought into it.
  useLayoutEffect(fit, [shape, p.focus]);
  useLayoutEffect(apply);

  useEffect(() => {
    const s = svg.current!;
    // preact's handlers are passive for the wheel, and the page must not zoom.
    const wheel = (e: WheelEvent): void => {
      if (!e.ctrlKey && !e.metaKey) return;
      e.preventDefault();
      zoom(Math.exp(-e.deltaY / 200), e.clientX, e.clientY);
    };
    s.addEventListener('wheel', wheel, { passive: false });
    return () => s.removeEventListener('wheel', wheel);
  }, []);

  function down(e: PointerEvent): void {
    if (e.button !== 0) return;
    drag.current = { id: e.pointerId, x: e.clientX, y: e.clientY, moved: false };
  }
  function move(e: PointerEvent): void {
    const d = drag.current;
    if (!d || d.id !== e.pointerId) return;
    const dx = e.clientX - d.x;
    const dy = e.clientY - d.y;
    if (!d.moved && Math.hypot(dx, dy) < 4) return;
    if (!d.moved) svg.current!.setPointerCapture(e.pointerId);
    drag.current = { id: d.id, x: e.clientX, y: e.clientY, moved: true };
    view.current.x += dx;
    view.current.y += dy;
    apply();
  }
  function up(): void {
    // The click that ends a drag chooses nothing.
    if (drag.current?.moved) svg.current!.addEventListener('click', (e) => e.stopPropagation(), { capture: true, once: true });
    drag.current = undefined;
  }

  function keys(e: KeyboardEvent): void {
    const id = (e.target as Element).closest('[data-box]')?.getAttribute('data-box');
    if (!id) return;
    const box = p.picture.boxes.find((b) => b.id === id);
    if ((e.key === 'Enter' || e.key === ' ') && box) {
      e.preventDefault();
      return p.onBox(box);
    }
    const dir = ({ ArrowRight: [1, 0], ArrowLeft: [-1, 0], ArrowDown: [0, 1], ArrowUp: [0, -1] } as Record<string, [number, number]>)[e.key];
    if (!dir || e.ctrlKey || e.metaKey || e.altKey) return;
    e.preventDefault();
    const [x, y] = laid.at.get(id)!;
    let best: string | undefined;
    let least = Infinity;
    for (const [other, [ox, oy]] of laid.at) {
      const along = (ox - x) * dir[0] + (oy - y) * dir[1];
      const beside = Math.abs((ox - x) * dir[1]) + Math.abs((oy - y) * dir[0]);
      if (other !== id && along > 1 && along + 2 * beside < least) [best, least] = [other, along + 2 * beside];
    }
    if (best === undefined) return;
    setCurrent(best);
    const el = svg.current!.querySelector<SVGGElement>(`[data-box="${CSS.escape(best)}"]`);
    el?.focus({ preventScroll: true });
    show(best);
  }

  // show moves the view so that a box is in it.
  function show(id: string): void {
    const r = svg.current!.getBoundingClientRect();
    const [x, y] = laid.at.get(id)!;
    const v = view.current;
    const mx = (p.size.width / 2 + 12) * v.k;
    const my = (p.size.height / 2 + 12) * v.k;
    const sx = x * v.k + v.x;
    const sy = y * v.k + v.y;
    v.x += Math.max(0, mx - sx) + Math.min(0, r.width - mx - sx);
    v.y += Math.max(0, my - sy) + Math.min(0, r.height - my - sy);
    apply();
  }

  const tabbable = laid.at.has(current ?? '') ? current : (p.focus ?? p.picture.boxes[0]?.id);
  const drawn = useMemo(() => {
    const touched = new Set<string>();
    const near = new Set<string>();
    if (p.selected) {
      for (const l of p.picture.lines) {
        if (l.id === p.selected || l.from === p.selected || l.to === p.selected) {
          touched.add(l.id);
          near.add(l.from).add(l.to);
        }
      }
      near.add(p.selected);
    }
    const labels = p.picture.lines.length <= fewLines && p.size.across > 150 ? p.picture.lines.filter((l) => !p.selected || touched.has(l.id)) : [];
    return (
      <>
        <g class="lines">
          {p.picture.lines.map((l) => (
            <path
              key={l.id}
              class={lineClass(l) + (p.selected ? (touched.has(l.id) ? ' lit' : ' dim') : '')}
              d={laid.paths.get(l.id)}
              stroke-width={width(l)}
              marker-end="url(#tip)"
              onClick={() => p.onLine(l)}
            >
              <title>{tell(l)}</title>
            </path>
          ))}
        </g>
        <g class="labels">
          {labels.map((l) => {
            const [x, y] = laid.middles.get(l.id)!;
            return (
              <g key={l.id} transform={`translate(${x} ${y})`} onClick={() => p.onLine(l)}>
                {figures(l).map(([kind, text], i, all) => (
                  <text key={kind} class={kind} y={4 + (i - (all.length - 1) / 2) * 14}>
                    {text}
                  </text>
                ))}
              </g>
            );
          })}
        </g>
        <g class="boxes">
          {p.picture.boxes.map((b) => {
            const [x, y] = laid.at.get(b.id)!;
            const { width: w, height: h } = p.size;
            return (
              <g
                key={b.id}
                data-box={b.id}
                class={['box', b.kind, b.severity ?? '', b.type === 'external' ? 'external' : '', b.id === p.focus ? 'focus' : '', p.selected && !near.has(b.id) ? 'dim' : '', b.id === p.selected ? 'lit' : ''].join(' ')}
                transform={`translate(${x - w / 2} ${y - h / 2})`}
                tabIndex={b.id === tabbable ? 0 : -1}
                role="button"
                aria-label={describe(b)}
                onClick={() => p.onBox(b)}
                onFocus={() => setCurrent(b.id)}
              >
                {b.kind === 'namespace' && <rect class="behind" x="4" y="-4" width={w - 8} height={h} rx="10" />}
                <rect width={w} height={h} rx="10" />
                {b.severity && <circle class="dot" cx={w - 14} cy={h / 2} r="5" />}
                <text x="14" y={b.note ? h / 2 - 3 : h / 2 + 5}>
                  {cut(b.title, Math.floor((w - 22 - (b.severity ? 18 : 0)) / (w < 160 ? 10 : 7.8)))}
                </text>
                {b.note && (
                  <text class="note" x="14" y={h / 2 + 13}>
                    {cut(b.note, Math.floor((w - 22 - (b.severity ? 18 : 0)) / 6.4))}
                  </text>
                )}
                <title>{describe(b)}</title>
              </g>
            );
          })}
        </g>
      </>
    );
  }, [p.picture, p.size, laid, p.selected, p.focus, tabbable, p.onBox, p.onLine]);

  return (
    <div class="graph">
      <svg ref={svg} role="group" aria-label={p.label} onPointerDown={down} onPointerMove={move} onPointerUp={up} onPointerCancel={up} onKeyDown={keys}>
        <defs>
          <marker id="tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" markerUnits="userSpaceOnUse" orient="auto">
            <path d="M0 1 7 4 0 7z" />
          </marker>
        </defs>
        <g ref={world}>{drawn}</g>
      </svg>
      <div class="zoom" role="group" aria-label="Zoom">
        <button type="button" aria-label="Nearer" onClick={() => zoom(1.3)}>
          +
        </button>
        <button type="button" aria-label="Farther" onClick={() => zoom(1 / 1.3)}>
          −
        </button>
        <button type="button" aria-label="Fit into view" onClick={fit}>
          ⤢
        </button>
      </div>
    </div>
  );
}

// figures are the words at a line; failures only where there is one in a thousand.
function figures(l: Line): [kind: string, text: string][] {
  const out: [string, string][] = [['figures', rate(l.rate) + (l.p95 === undefined ? '' : ' · ' + seconds(l.p95))]];
  if (l.errors >= 0.001) out.push([l.errors >= 0.01 ? 'bad' : '', percent(l.errors) + ' fail']);
  if (l.types.length) out.push(['types', cut(typeName(l.types[0]!), 20) + (l.types.length > 1 ? ` +${l.types.length - 1}` : '')]);
  return out;
}

const cut = (s: string, n: number): string => (s.length > n ? s.slice(0, n - 1) + '…' : s);

function lineClass(l: Line): string {
  return 'line' + (l.errors >= 0.05 ? ' critical' : l.errors >= 0.01 ? ' warning' : '') + (l.leaves ? ' leaves' : '');
}

const width = (l: Line): number => Math.round((1 + Math.min(4, Math.log10(1 + Math.max(0, l.rate)))) * 10) / 10;

function tell(l: Line): string {
  const parts = [rate(l.rate), percent(l.errors) + ' failed'];
  if (l.p95 !== undefined) parts.push('95 % within ' + seconds(l.p95));
  if (l.types.length) parts.push(l.types.map(typeName).join(', '));
  if (l.leaves) parts.push('leaves the cluster');
  return parts.join(' · ');
}

function describe(b: Box): string {
  if (b.kind === 'more') return b.title + ', show all';
  const what = b.kind === 'namespace' ? `namespace ${b.title}, ${b.note}, unfold` : `${plain(b.type)} ${b.title}${b.note ? ' in ' + b.note : ''}`;
  return what + (b.severity ? `, ${b.symptoms} open, ${severityWords[b.severity].toLowerCase()}` : '');
}
