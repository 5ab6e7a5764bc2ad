import { fresh, num, plural } from "./dom.ts";

/** Moves the focus to the summary of errors (or whatever asks for it) and from its links into the fields. */
export function errorSummary(root: ParentNode): void {
  for (const el of fresh<HTMLElement>(root, "[data-focus]", "Focus")) {
    el.focus();
    el.addEventListener("click", (e) => {
      const a = (e.target as HTMLElement).closest<HTMLAnchorElement>("a[href^='#']");
      const field = a && document.getElementById(decodeURIComponent(a.hash.slice(1)));
      if (!field) return;
      e.preventDefault();
      field.scrollIntoView({ block: "center" });
      field.focus({ preventScroll: true });
    });
  }
}

/** Counts characters under a textarea; a line break is one, as on the server. */
export function counters(root: ParentNode): void {
  for (const area of fresh<HTMLTextAreaElement>(root, "textarea[data-count-max]", "Count")) {
    const box = document.getElementById(`${area.id}-c`);
    const note = box?.querySelector<HTMLElement>("[data-count-note]");
    const now = box?.querySelector<HTMLElement>("[data-count-now]");
    if (!note || !now) continue;
    const min = Number(area.dataset.countMin ?? 0);
    const max = Number(area.dataset.countMax);
    const count = (): void => {
      const n = [...area.value].length;
      now.textContent = num(n);
      note.textContent = n > max ? plural(area.dataset.countOver, n - max) : n < min ? plural(area.dataset.countShort, min - n) : "";
      box?.classList.toggle("over", n > max);
    };
    area.addEventListener("input", count);
    count();
  }
}

/** Lists the blanks of a template that the text beside still has, and in which paragraphs. */
export function blanks(root: ParentNode): void {
  for (const box of fresh<HTMLElement>(root, "[data-blanks]", "Blanks")) {
    const area = document.getElementById(box.dataset.blanks ?? "") as HTMLTextAreaElement | null;
    const items = [...box.querySelectorAll<HTMLElement>("[data-blank]")];
    area?.addEventListener("input", () => {
      const paragraphs = area.value.split("\n").filter((p) => p.trim());
      for (const item of items) {
        const at = paragraphs.flatMap((p, i) => (p.includes(item.dataset.blank ?? "") ? [i + 1] : []));
        item.hidden = at.length === 0;
        const place = item.querySelector("[data-blank-at]");
        if (place) place.textContent = at.join(", ");
      }
      box.hidden = items.every((i) => i.hidden);
    });
  }
}

/** A form is sent once: a second press while the answer is on its way does nothing. */
export function once(): void {
  document.addEventListener("submit", (e) => {
    const form = e.target as HTMLFormElement;
    if (e.defaultPrevented || form.method !== "post" || form.target) return;
    if (form.dataset.sending) {
      e.preventDefault();
      return;
    }
    form.dataset.sending = "1";
    e.submitter?.setAttribute("aria-busy", "true");
  });
  // The page may come back from the history, or the answer may be a download.
  const again = (): void => {
    for (const form of document.querySelectorAll<HTMLFormElement>("form[data-sending]")) delete form.dataset.sending;
    for (const b of document.querySelectorAll("[aria-busy=true]")) b.removeAttribute("aria-busy");
  };
  addEventListener("pageshow", again);
  addEventListener("submit", () => setTimeout(again, 8000));
}

/** Asks before leaving a form with unsent changes. */
export function guard(): void {
  let sending = false;
  const dirty = new Set<HTMLFormElement>();
  document.addEventListener("input", (e) => {
    const form = (e.target as HTMLInputElement).form;
    if (form?.dataset.guard !== undefined) dirty.add(form);
  });
  document.addEventListener("submit", (e) => {
    if (!e.defaultPrevented) sending = true;
  });
  document.addEventListener("autosave:saved", (e) => dirty.delete(e.target as HTMLFormElement));
  addEventListener("pageshow", () => (sending = false));
  addEventListener("beforeunload", (e) => {
    if (!sending && [...dirty].some((f) => f.isConnected)) e.preventDefault();
  });
}
