import type { Picture } from './model';

export interface Size {
  width: number;
  height: number;
  across: number; // between columns
  down: number; // between rows
}

export interface Laid {
  at: Map<string, [x: number, y: number]>; // centres of boxes
  paths: Map<string, string>; // of lines
  middles: Map<string, [x: number, y: number]>; // where a line's figures stand
  width: number;
  height: number;
}

// However long the longest way is, there are not more columns than make a
// picture of about the shape of a screen.
const columns = (boxes: number): number => Math.min(10, Math.max(3, Math.round(Math.sqrt(boxes * 1.3))));

// Above this many lines the long ones run straight: way points would take more
// room than they bring order.
const manyLines = 120;

/**
 * layout draws a layered graph from left to right: cycles are cut, each box gets
 * the layer after the last of its callers, long lines get a way point in every
 * layer that they cross, and rows are ordered by the barycentre of neighbours.
 */
export function layout(p: Picture, size: Size): Laid {
  const ids = p.boxes.map((b) => b.id);
  const index = new Map(ids.map((id, i) => [id, i]));
  const n = ids.length;
  const ends = p.lines.map((l): [number, number] => [index.get(l.from)!, index.get(l.to)!]);
  const layer = squeeze(layers(n, ends), columns(n));
  const lines = new Array<number>(n).fill(0);
  for (const [a, b] of ends) {
    lines[a]!++;
    lines[b]!++;
  }

  // Way points: vertices n, n+1, …
  const at = [...layer];
  const chains: number[][] = [];
  const ways = p.lines.length <= manyLines;
  for (const [a, b] of ends) {
    const chain = [a];
    const step = Math.sign(layer[b]! - layer[a]!);
    if (ways && step !== 0) {
      for (let l = layer[a]! + step; l !== layer[b]!; l += step) {
        chain.push(at.length);
        at.push(l);
      }
    }
    chain.push(b);
    chains.push(chain);
  }
  const neighbours: number[][] = at.map(() => []);
  for (const c of chains) {
    for (let i = 1; i < c.length; i++) {
      neighbours[c[i - 1]!]!.push(c[i]!);
      neighbours[c[i]!]!.push(c[i - 1]!);
    }
  }
  const rows: number[][] = [];
  at.forEach((l, v) => (rows[l] ??= []).push(v));
  for (let l = 0; l < rows.length; l++) rows[l] ??= [];
  order(rows, at, neighbours);
  const y = place(rows, neighbours, n, size);

  const out: Laid = { at: new Map(), paths: new Map(), middles: new Map(), width: 0, height: 0 };
  const x = (v: number): number => size.width / 2 + at[v]! * (size.width + size.across);
  let top = Infinity;
  let bottom = -Infinity;
  for (let v = 0; v < at.length; v++) {
    top = Math.min(top, y[v]!);
    bottom = Math.max(bottom, y[v]!);
  }
  if (n === 0) top = bottom = 0;
  const shift = size.height / 2 - top;
  ids.forEach((id, v) => out.at.set(id, [x(v), y[v]! + shift]));
  chains.forEach((c, i) => {
    const points = c.map((v): [number, number] => [x(v), y[v]! + shift]);
    out.paths.set(p.lines[i]!.id, curve(points, size));
    out.middles.set(p.lines[i]!.id, middle(points, size, lines[ends[i]![0]]! > lines[ends[i]![1]]!));
  });
  // Calls within the last column bend out of it.
  const bend = ends.some(([a, b]) => a !== b && at[a] === rows.length - 1 && at[b] === at[a]) ? size.across * 0.4 : 0;
  out.width = bend + rows.length * size.width + Math.max(0, rows.length - 1) * size.across;
  out.height = bottom - top + size.height;
  return out;
}

// layers gives each vertex the longest way from a source, after edges that
// close a cycle were turned around.
function layers(n: number, ends: [number, number][]): number[] {
  const next: number[][] = Array.from({ length: n }, () => []);
  const incoming = new Array<number>(n).fill(0);
  for (const [a, b] of ends) {
    next[a]!.push(b);
    incoming[b]!++;
  }
  const state = new Uint8Array(n); // 0 new, 1 on the way, 2 done
  const finished: number[] = [];
  const forward: [number, number][] = [];
  const starts = [...Array(n).keys()].sort((a, b) => incoming[a]! - incoming[b]!);
  for (const s of starts) {
    if (state[s]) continue;
    const stack: [number, number][] = [[s, 0]];
    state[s] = 1;
    while (stack.length) {
      const top = stack[stack.length - 1]!;
      const to = next[top[0]]![top[1]++];
      if (to === undefined) {
        state[top[0]] = 2;
        finished.push(top[0]);
        stack.pop();
      } else if (state[to] === 1) {
        if (to !== top[0]) forward.push([to, top[0]]);
      } else {
        forward.push([top[0], to]);
        if (state[to] === 0) {
          state[to] = 1;
          stack.push([to, 0]);
        }
      }
    }
  }
  const layer = new Array<number>(n).fill(0);
  const after: number[][] = Array.from({ length: n }, () => []);
  for (const [a, b] of forward) after[a]!.push(b);
  for (const v of finished.reverse()) for (const w of after[v]!) layer[w] = Math.max(layer[w]!, layer[v]! + 1);
  // Sources stand right before the first that they call.
  for (const v of [...finished].reverse()) {
    if (incoming[v] === 0 && after[v]!.length) layer[v] = Math.min(...after[v]!.map((w) => layer[w]!)) - 1;
  }
  return layer;
}

function squeeze(layer: number[], most: number): number[] {
  const low = Math.min(0, ...layer);
  const count = Math.max(0, ...layer) - low + 1;
  return layer.map((l) => (count <= most ? l - low : Math.floor(((l - low) * most) / count)));
}

function order(rows: number[][], at: number[], neighbours: number[][]): void {
  const rank = new Array<number>(at.length).fill(0);
  for (const r of rows) r.forEach((v, i) => (rank[v] = i));
  const sort = (r: number[], side: -1 | 1): void => {
    const mean = new Map<number, number>();
    for (const v of r) {
      let sum = 0;
      let k = 0;
      for (const w of neighbours[v]!) {
        if (Math.sign(at[w]! - at[v]!) === side) {
          sum += rank[w]!;
          k++;
        }
      }
      mean.set(v, k ? sum / k : rank[v]!);
    }
    r.sort((a, b) => mean.get(a)! - mean.get(b)!);
    r.forEach((v, i) => (rank[v] = i));
  };
  for (let turn = 0; turn < 6; turn++) {
    if (turn % 2 === 0) for (let l = 1; l < rows.length; l++) sort(rows[l]!, -1);
    else for (let l = rows.length - 2; l >= 0; l--) sort(rows[l]!, 1);
  }
}

// place pulls each vertex towards its neighbours and keeps the distances.
function place(rows: number[][], neighbours: number[][], boxes: number, size: Size): number[] {
  const step = size.height + size.down;
  const room = (v: number): number => (v < boxes ? step : step * 0.35);
  const y: number[] = [];
  for (const r of rows) {
    const total = r.reduce((s, v) => s + room(v), 0);
    let pos = -total / 2;
    for (const v of r) {
      y[v] = pos + room(v) / 2;
      pos += room(v);
    }
  }
  for (let turn = 0; turn < 8; turn++) {
    for (const r of turn % 2 ? [...rows].reverse() : rows) {
      const wish = r.map((v) => {
        const ns = neighbours[v]!;
        return ns.length ? ns.reduce((s, w) => s + y[w]!, 0) / ns.length : y[v]!;
      });
      settle(r, wish, room, y);
    }
  }
  return y;
}

// settle puts a row's vertices as near to their wishes as the distances allow:
// blocks that would overlap are merged around the mean of their wishes.
function settle(row: number[], wish: number[], room: (v: number) => number, y: number[]): void {
  interface Block {
    from: number;
    sum: number; // of wishes, each less the offset in the block
    count: number;
    length: number;
  }
  const blocks: Block[] = [];
  const start = (b: Block): number => b.sum / b.count;
  row.forEach((v, i) => {
    let b: Block = { from: i, sum: wish[i]! - room(v) / 2, count: 1, length: room(v) };
    for (let prev = blocks[blocks.length - 1]; prev && start(prev) + prev.length > start(b); prev = blocks[blocks.length - 1]) {
      blocks.pop();
      b = { from: prev.from, sum: prev.sum + b.sum - prev.length * b.count, count: prev.count + b.count, length: prev.length + b.length };
    }
    blocks.push(b);
  });
  blocks.forEach((b, k) => {
    let pos = start(b);
    for (let i = b.from; i < (blocks[k + 1]?.from ?? row.length); i++) {
      y[row[i]!] = pos + room(row[i]!) / 2;
      pos += room(row[i]!);
    }
  });
}

function curve(points: [number, number][], size: Size): string {
  const half = size.width / 2;
  const first = points[0]!;
  const last = points[points.length - 1]!;
  const back = last[0] <= first[0];
  // A call backwards leaves and enters at the sides where its ends are.
  const out = back ? -half : half;
  if (first[0] === last[0]) {
    const bend = half + size.across * 0.4;
    return `M${r(first[0] + half)} ${r(first[1])}C${r(first[0] + bend)} ${r(first[1])} ${r(first[0] + bend)} ${r(last[1])} ${r(last[0] + half)} ${r(last[1])}`;
  }
  const stops: [number, number][] = [[first[0] + out, first[1]]];
  for (const p of points.slice(1, -1)) stops.push([p[0] - out, p[1]], [p[0] + out, p[1]]);
  stops.push([last[0] - out, last[1]]);
  let d = `M${r(stops[0]![0])} ${r(stops[0]![1])}`;
  for (let i = 1; i < stops.length; i++) {
    const [ax, ay] = stops[i - 1]!;
    const [bx, by] = stops[i]!;
    const mid = (ax + bx) / 2;
    d += ay === by ? `L${r(bx)} ${r(by)}` : `C${r(mid)} ${r(ay)} ${r(mid)} ${r(by)} ${r(bx)} ${r(by)}`;
  }
  return d;
}

// middle is where a line's figures stand: nearer to the end that has fewer
// lines, where there is more room.
function middle(points: [number, number][], size: Size, later: boolean): [number, number] {
  const i = Math.floor((points.length - 1) / 2);
  const a = points[i]!;
  const b = points[i + 1] ?? a;
  if (a[0] === b[0]) return [a[0] + size.width / 2 + size.across * 0.3, (a[1] + b[1]) / 2];
  const t = points.length > 2 ? 0.5 : later ? 0.66 : 0.34;
  const along = 1.5 * t * (1 - t) + t ** 3; // of a curve with level ends
  const half = (size.width / 2) * Math.sign(b[0] - a[0]);
  return [a[0] + half + (b[0] - a[0] - 2 * half) * along, a[1] + (b[1] - a[1]) * (3 * t * t - 2 * t ** 3)];
}

const r = (v: number): number => Math.round(v * 10) / 10;
