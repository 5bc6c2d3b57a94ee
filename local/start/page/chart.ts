import { html, type Markup } from './html.ts';

/** Maps values of the data to places of the drawing. */
export type Scale = (value: number) => number;

export const size = { width: 520, height: 320 } as const;

/** The drawing's inner frame: what is outside is for the axes. */
export const frame = { left: 68, right: 496, top: 16, bottom: 268 } as const;

export function scale([from, to]: readonly [number, number], [start, end]: readonly [number, number]): Scale {
  return (value) => Math.round((start + ((value - from) / (to - from)) * (end - start)) * 100) / 100;
}

/** Three to six round numbers from 0 to at least `most`. */
export function ticks(most: number): number[] {
  if (most <= 0) return [0, 1];
  const magnitude = 10 ** Math.floor(Math.log10(most));
  const step = [0.2, 0.5, 1, 2].map((factor) => factor * magnitude).find((size) => most / size <= 5) ?? magnitude;
  return Array.from({ length: Math.ceil(most / step - 1e-9) + 1 }, (_, index) => Number((index * step).toPrecision(6)));
}

export interface Axis {
  readonly label: string;
  readonly scale: Scale;
  readonly ticks: readonly { readonly at: number; readonly text: string }[];
}

/** A vertical axis from 0 to a round number of at least `most`. */
export function verticalAxis(label: string, most: number, text: (value: number) => string = String): Axis {
  const values = ticks(most);
  const place = scale([0, values.at(-1) ?? 1], [frame.bottom, frame.top]);
  return { label, scale: place, ticks: values.map((at) => ({ at, text: text(at) })) };
}

export interface Chart {
  /** Said to those who can't see the drawing: what it shows, and the result. */
  readonly description: string;
  readonly x: Axis;
  readonly y: Axis;
  readonly marks: readonly Markup[];
}

/** A drawing with its axes. Colours come from the page's style, which knows light and dark. */
export function chart({ description, x, y, marks }: Chart): Markup {
  return html`<svg viewBox="0 0 ${size.width} ${size.height}" role="img" aria-label="${description}">
${y.ticks.map(
  ({
    at,
    text,
  }) => html`<line class="grid" x1="${frame.left}" x2="${frame.right}" y1="${y.scale(at)}" y2="${y.scale(at)}"/>
<text class="tick" x="${frame.left - 8}" y="${y.scale(at) + 4}" text-anchor="end">${text}</text>`,
)}
${x.ticks.map(
  ({ at, text }) =>
    html`<text class="tick" x="${x.scale(at)}" y="${frame.bottom + 18}" text-anchor="middle">${text}</text>`,
)}
<text class="label" x="${(frame.left + frame.right) / 2}" y="${size.height - 12}" text-anchor="middle">${x.label}</text>
<text class="label" transform="translate(18 ${(frame.top + frame.bottom) / 2}) rotate(-90)" text-anchor="middle">${y.label}</text>
${marks}
<line class="axis" x1="${frame.left}" x2="${frame.right}" y1="${frame.bottom}" y2="${frame.bottom}"/>
</svg>`;
}

/** A line through points of the data. */
export function line(name: string, points: readonly (readonly [number, number])[], x: Scale, y: Scale): Markup {
  const path = points.map(([a, b]) => `${x(a)},${y(b)}`).join(' ');
  return html`<polyline class="line ${name}" points="${path}"/>`;
}

/** The names of what a drawing shows, each with its mark. */
export function legend(entries: readonly (readonly [name: string, text: string])[]): Markup {
  return html`<ul class="legend">${entries.map(([name, text]) => html`<li><i class="swatch ${name}"></i>${text}</li>`)}</ul>`;
}
