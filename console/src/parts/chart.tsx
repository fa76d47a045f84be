import { useMemo, useRef, useState } from 'preact/hooks';
import { clock } from '../data/format';
import type { Point } from '../data/types';

interface Scale {
  x: (t: number) => number;
  y: (v: number) => number;
  from: number;
  to: number;
  top: number;
}

function scale(points: Point[], levels: number[], width: number, height: number, pad: number): Scale {
  const from = points[0]![0];
  const to = Math.max(points[points.length - 1]![0], from + 1);
  let top = Math.max(...points.map((p) => p[1]), ...levels.filter(Number.isFinite));
  if (!(top > 0)) top = 1;
  top *= 1.08;
  return {
    from,
    to,
    top,
    x: (t) => pad + ((t - from) / (to - from)) * (width - 2 * pad),
    y: (v) => height - pad - (Math.max(0, v) / top) * (height - 2 * pad),
  };
}

// path draws a line, with a gap where more than three usual steps are missing:
// what was not seen is not drawn.
function path(points: Point[], s: Scale): string {
  const steps = points
    .slice(1)
    .map((p, i) => p[0] - points[i]![0])
    .sort((a, b) => a - b);
  const usual = steps[Math.floor(steps.length / 2)] ?? 0;
  let d = '';
  points.forEach((p, i) => {
    const gap = i === 0 || p[0] - points[i - 1]![0] > 3 * usual;
    d += (gap ? 'M' : 'L') + s.x(p[0]).toFixed(1) + ' ' + s.y(p[1]).toFixed(1);
  });
  return d;
}

const clean = (points: Point[] | null | undefined): Point[] =>
  (points ?? []).filter((p) => Number.isFinite(p?.[0]) && Number.isFinite(p?.[1])).sort((a, b) => a[0] - b[0]);

export interface SparkProps {
  points: Point[] | null | undefined;
  threshold?: number;
  baseline?: number;
  onset?: number; // unix seconds
  tone?: string;
  label: string;
}

/** Spark is the evidence of a symptom: its value, its limit, when it began. */
export function Spark({ points, threshold, baseline, onset, tone, label }: SparkProps) {
  const W = 220;
  const H = 56;
  const all = clean(points);
  if (all.length < 2) return <div class="spark none">Not enough points for a chart yet</div>;
  const levels = [threshold, baseline].filter((v): v is number => typeof v === 'number' && v > 0);
  const s = scale(all, levels, W, H, 3);
  const last = all[all.length - 1]!;
  const d = path(all, s);
  return (
    <svg class={'spark ' + (tone ?? '')} viewBox={`0 0 ${W} ${H}`} role="img" aria-label={label}>
      {onset !== undefined && onset > s.from && onset < s.to && (
        <rect class="during" x={s.x(onset)} y="0" width={W - 3 - s.x(onset)} height={H} />
      )}
      {typeof baseline === 'number' && baseline > 0 && <line class="base" x1="3" x2={W - 3} y1={s.y(baseline)} y2={s.y(baseline)} />}
      {typeof threshold === 'number' && threshold > 0 && <line class="limit" x1="3" x2={W - 3} y1={s.y(threshold)} y2={s.y(threshold)} />}
      <path class="line" d={d} />
      <circle class="dot" cx={s.x(last[0])} cy={s.y(last[1])} r="2.5" />
    </svg>
  );
}

export interface ChartProps {
  title: string;
  points: Point[] | null | undefined;
  format: (v: number) => string;
  marks?: { from: number; to: number; tone: string; title: string }[]; // unix seconds
  tone?: string;
}

/** Chart is a line over time, with times of symptoms shaded and a readout. */
export function Chart({ title, points, format, marks = [], tone }: ChartProps) {
  const W = 480;
  const H = 140;
  const [at, setAt] = useState<number>();
  const box = useRef<SVGSVGElement>(null);
  const all = useMemo(() => clean(points), [points]);
  const drawn = useMemo(() => {
    if (all.length < 2) return undefined;
    const s = scale(all, [], W, H, 4);
    const d = path(all, s);
    return { s, d };
  }, [all]);
  const last = all[all.length - 1];
  const shown = at === undefined ? last : all[at];

  function find(x: number): void {
    const r = box.current!.getBoundingClientRect();
    const t = drawn!.s.from + ((x - r.left) / r.width) * (drawn!.s.to - drawn!.s.from);
    let best = 0;
    all.forEach((p, i) => {
      if (Math.abs(p[0] - t) < Math.abs(all[best]![0] - t)) best = i;
    });
    setAt(best);
  }

  function step(e: KeyboardEvent): void {
    const by = { ArrowLeft: -1, ArrowRight: 1 }[e.key];
    if (!by) return;
    e.preventDefault();
    setAt((i) => Math.min(all.length - 1, Math.max(0, (i ?? all.length - 1) + by)));
  }

  return (
    <figure class={'chart ' + (tone ?? '')}>
      <figcaption>
        <span>{title}</span>
        <span class="now" aria-live={at === undefined ? 'off' : 'polite'}>
          {shown ? <b>{format(shown[1])}</b> : <b>–</b>}
          {shown && at !== undefined && <span class="muted"> at {clock(shown[0] * 1000)}</span>}
        </span>
      </figcaption>
      {drawn ? (
        <>
          <svg
            ref={box}
            viewBox={`0 0 ${W} ${H}`}
            preserveAspectRatio="none"
            role="img"
            tabIndex={0}
            aria-label={`${title}, ${format(last![1])} at last. Arrow keys read single points.`}
            onPointerMove={(e) => find(e.clientX)}
            onPointerLeave={() => setAt(undefined)}
            onKeyDown={step}
            onBlur={() => setAt(undefined)}
          >
            {[0, 0.5, 1].map((f) => (
              <line class="grid" key={f} x1="0" x2={W} y1={drawn.s.y((drawn.s.top / 1.08) * f)} y2={drawn.s.y((drawn.s.top / 1.08) * f)} />
            ))}
            {marks
              .filter((m) => m.to > drawn.s.from && m.from < drawn.s.to)
              .map((m, i) => {
                const x = drawn.s.x(Math.max(m.from, drawn.s.from));
                return (
                  <rect key={i} class={'during ' + m.tone} x={x} y="0" height={H} width={Math.max(2, drawn.s.x(Math.min(m.to, drawn.s.to)) - x)}>
                    <title>{m.title}</title>
                  </rect>
                );
              })}
            <path class="area" d={drawn.d.replace(/^M/, `M${drawn.s.x(drawn.s.from)} ${H - 4}L`) + `L${drawn.s.x(drawn.s.to)} ${H - 4}Z`} />
            <path class="line" d={drawn.d} />
            {at !== undefined && shown && <line class="at" x1={drawn.s.x(shown[0])} x2={drawn.s.x(shown[0])} y1="0" y2={H} />}
          </svg>
          <div class="axis">
            <span>{clock(drawn.s.from * 1000)}</span>
            <span>up to {format(drawn.s.top / 1.08)}</span>
            <span>{clock(drawn.s.to * 1000)}</span>
          </div>
        </>
      ) : (
        <p class="none">Nothing measured in the last 24 hours.</p>
      )}
    </figure>
  );
}
