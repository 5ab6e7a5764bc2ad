// Small things that every module uses.

/** All elements of a selector that this module has not yet taken care of. */
export function fresh<T extends HTMLElement>(root: ParentNode, selector: string, mark: string): T[] {
  const out: T[] = [];
  for (const el of root.querySelectorAll<T>(selector)) {
    const key = `on${mark}`;
    if (el.dataset[key]) continue;
    el.dataset[key] = "1";
    out.push(el);
  }
  return out;
}

const lang = document.documentElement.lang || "uk";
const rules = new Intl.PluralRules(lang);
const digits = new Intl.NumberFormat(lang);

/** Writes a number as the server does: a narrow no-break space in Ukrainian. */
export function num(n: number): string {
  return lang === "uk" && Math.abs(n) < 10000
    ? String(n).replace(/\B(?=(\d{3})+$)/g, "\u202f")
    : digits.format(n).replace(/\u00a0/g, "\u202f");
}

/** The form of a message for n; forms is {"one":"…{n}…", …} as the server made it. */
export function plural(forms: string | undefined, n: number): string {
  if (!forms) return String(n);
  const all = JSON.parse(forms) as Record<string, string>;
  return (all[rules.select(n)] ?? all.other ?? "{n}").replace("{n}", num(n));
}

/** Runs f after ms without a further call. */
export function debounce(f: () => void, ms: number): () => void {
  let t = 0;
  return () => {
    clearTimeout(t);
    t = window.setTimeout(f, ms);
  };
}

/** An element with a class and a text. */
export function make<K extends keyof HTMLElementTagNameMap>(tag: K, className = "", text = ""): HTMLElementTagNameMap[K] {
  const el = document.createElement(tag);
  if (className) el.className = className;
  if (text) el.textContent = text;
  return el;
}

/** Whether the event is typed into a field. */
export function typing(e: Event): boolean {
  const t = e.target;
  return t instanceof HTMLElement && (t.isContentEditable || t.matches("textarea, select, input:not([type=checkbox], [type=radio], [type=submit], [type=button])"));
}
