import { debounce, fresh, make, plural } from "./dom.ts";

/** One answer of the server; further fields go to the listeners of "suggest:choose". */
export interface Suggestion {
  label: string;
  hint?: string;
  value?: string;
  [key: string]: unknown;
}

let serial = 0;

/** Makes a combobox of input[data-suggest] (ARIA 1.2: the focus stays in the input). */
export function suggestions(root: ParentNode): void {
  for (const input of fresh<HTMLInputElement>(root, "input[data-suggest]", "Suggest")) combobox(input);
}

function combobox(input: HTMLInputElement): void {
  const list = make("ul", "suggest plain");
  list.id = `suggest-${++serial}`;
  list.setAttribute("role", "listbox");
  list.setAttribute("aria-label", document.querySelector(`label[for="${CSS.escape(input.id)}"]`)?.textContent?.trim() ?? "");
  list.hidden = true;
  const live = make("span", "ds-sr-only");
  live.setAttribute("role", "status");
  const box = make("span", "suggest-box");
  // Who began to type before the script came keeps the focus, which moving the
  // input would take, and gets the suggestions for what is there.
  const typing = document.activeElement === input;
  const [from, to] = [input.selectionStart, input.selectionEnd];
  input.replaceWith(box);
  box.append(input, list, live);
  input.setAttribute("role", "combobox");
  input.setAttribute("aria-autocomplete", "list");
  input.setAttribute("aria-expanded", "false");
  input.setAttribute("aria-controls", list.id);
  input.autocomplete = "off";

  let items: Suggestion[] = [];
  let at = -1;
  let asked: AbortController | undefined;

  function close(): void {
    list.hidden = true;
    at = -1;
    input.setAttribute("aria-expanded", "false");
    input.removeAttribute("aria-activedescendant");
  }

  function move(to: number): void {
    const options = [...list.children];
    if (options.length === 0) return;
    at = (to + options.length) % options.length;
    options.forEach((o, i) => o.setAttribute("aria-selected", String(i === at)));
    const current = options[at]!;
    input.setAttribute("aria-activedescendant", current.id);
    current.scrollIntoView({ block: "nearest" });
  }

  function choose(i: number): void {
    const item = items[i];
    if (!item) return;
    input.value = item.label;
    const to = input.dataset.suggestTo;
    const hidden = to ? document.getElementById(to) : null;
    if (hidden instanceof HTMLInputElement) hidden.value = item.value ?? "";
    close();
    input.dispatchEvent(new CustomEvent("suggest:choose", { bubbles: true, detail: item }));
  }

  async function ask(): Promise<void> {
    const text = input.value.trim();
    asked?.abort();
    if (text.length < 2) return close();
    asked = new AbortController();
    try {
      const r = await fetch(input.dataset.suggest + encodeURIComponent(text), { headers: { Accept: "application/json" }, signal: asked.signal });
      if (!r.ok) return close();
      items = ((await r.json()) as { items?: Suggestion[] }).items ?? [];
    } catch {
      return; // aborted by the next key, or offline: the field is still a field
    }
    if (document.activeElement !== input) return;
    list.replaceChildren(
      ...items.map((item, i) => {
        const li = make("li", "", item.label);
        li.id = `${list.id}-${i}`;
        li.setAttribute("role", "option");
        li.setAttribute("aria-selected", "false");
        if (item.hint) li.append(make("small", "", item.hint));
        li.addEventListener("pointerdown", (e) => {
          e.preventDefault(); // the focus stays in the input
          choose(i);
        });
        return li;
      }),
    );
    at = -1;
    list.hidden = items.length === 0;
    input.setAttribute("aria-expanded", String(items.length > 0));
    input.removeAttribute("aria-activedescendant");
    live.textContent = items.length > 0 ? plural(input.dataset.suggestCount, items.length) : (input.dataset.suggestNone ?? "");
  }

  const later = debounce(() => void ask(), 200);
  input.addEventListener("input", (e) => {
    if (!(e as InputEvent).isTrusted) return;
    const to = input.dataset.suggestTo;
    const hidden = to ? document.getElementById(to) : null;
    if (hidden instanceof HTMLInputElement) hidden.value = ""; // what is typed further is no longer what was chosen
    later();
  });
  input.addEventListener("keydown", (e) => {
    switch (e.key) {
      case "ArrowDown":
        if (list.hidden) later();
        else move(at + 1);
        e.preventDefault();
        break;
      case "ArrowUp":
        if (!list.hidden) move(at < 0 ? list.children.length - 1 : at - 1);
        e.preventDefault();
        break;
      case "Enter":
        if (!list.hidden && at >= 0) {
          e.preventDefault();
          choose(at);
        }
        break;
      case "Escape":
        if (!list.hidden) {
          e.stopPropagation();
          close();
        }
        break;
      case "Tab":
        close();
        break;
    }
  });
  input.addEventListener("blur", close);

  if (typing) {
    input.focus({ preventScroll: true });
    input.setSelectionRange(from, to);
    later();
  }
}
