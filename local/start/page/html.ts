/** Text that is markup already; anything else is escaped when it is put into markup. */
export class Markup {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

type Part = Markup | string | number | readonly Markup[];

/** Markup of a template: strings in it are escaped, numbers have two decimals at most, lists of markup are joined. */
export function html(fixed: TemplateStringsArray, ...parts: readonly Part[]): Markup {
  return new Markup(fixed.reduce((all, text, index) => all + render(parts[index - 1] ?? '') + text));
}

function render(part: Part): string {
  if (part instanceof Markup) return part.text;
  if (typeof part === 'object') return part.map(({ text }) => text).join('');
  if (typeof part === 'number') return String(Math.round(100 * part) / 100);
  return part.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
