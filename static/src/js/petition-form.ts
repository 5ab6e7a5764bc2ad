// The form of a petition: what is like its title while it is typed. The page is
// whole without it: the same list comes with a button, and before it is sent.
import { debounce, fresh, make } from "./dom.ts";

interface Like {
  title: string;
  state: string;
  count: string;
  url: string;
  sign?: string;
}

const least = 4; // characters that tell something

function item(l: Like, word: string): HTMLLIElement {
  const li = make("li");
  const a = make("a", "item-title", l.title);
  a.href = l.url;
  const meta = make("p", "meta num");
  meta.append(make("span", "", l.state), make("span", "", l.count));
  li.append(a, meta);
  if (l.sign) {
    const b = make("button", "ds-button", word);
    b.type = "submit";
    b.setAttribute("form", "sign-like");
    b.setAttribute("formaction", l.sign);
    b.dataset.variant = "secondary";
    b.dataset.size = "sm";
    b.append(make("span", "ds-sr-only", `: ${l.title}`));
    li.append(b);
  }
  return li;
}

/** Fills [data-like] with what resembles the field #title. */
export function likenesses(root: ParentNode): void {
  for (const box of fresh<HTMLElement>(root, "[data-like]", "Like")) {
    const field = document.querySelector<HTMLInputElement>("#title");
    if (!field) continue;
    let asked: AbortController | undefined;
    let shown = "";
    const look = async (): Promise<void> => {
      const text = field.value.trim();
      if (text === shown) return;
      asked?.abort();
      if (text.length < least) {
        shown = "";
        return box.replaceChildren();
      }
      asked = new AbortController();
      const answer = await fetch(box.dataset.like + encodeURIComponent(text), { headers: { Accept: "application/json" }, signal: asked.signal });
      if (!answer.ok) return; // the button finds the same
      const { items } = (await answer.json()) as { items: Like[] };
      shown = text;
      if (items.length === 0) return box.replaceChildren();
      const list = make("ul", "plain items");
      list.append(...items.map((l) => item(l, box.dataset.likeSign ?? "")));
      const card = make("div", "note stack gap-s like");
      card.append(make("p", "strong", box.dataset.likeTitle), list);
      box.replaceChildren(card);
    };
    const later = debounce(() => void look().catch(() => undefined), 350);
    field.addEventListener("input", later);
    if (field.value && !document.querySelector("#similar")) later();
  }
}

/** Puts a button beside input[data-copy] that copies its text. */
export function copies(root: ParentNode): void {
  for (const field of fresh<HTMLInputElement>(root, "input[data-copy]", "Copy")) {
    if (!navigator.clipboard) continue; // the text can be selected
    const b = make("button", "ds-button", field.dataset.copy);
    b.type = "button";
    b.dataset.variant = "secondary";
    b.dataset.size = "sm";
    const said = make("span", "small muted");
    said.setAttribute("role", "status");
    b.addEventListener("click", () => {
      navigator.clipboard.writeText(field.value).then(
        () => (said.textContent = field.dataset.copied ?? ""),
        () => field.select(),
      );
    });
    const line = make("p", "row gap-s copy-line");
    line.append(b, said);
    field.after(line);
  }
}
