import { fresh, num, typing } from "./dom.ts";

// Single-letter shortcuts can be turned off (WCAG 2.2, 2.1.4); the choice stays on this device.
const OFF = "keys-off";

function off(): boolean {
  try {
    return localStorage.getItem(OFF) !== null;
  } catch {
    return false;
  }
}

/** Keys, selection and the bar of actions of a queue: table[data-queue] in a form. */
export function queues(root: ParentNode): void {
  for (const table of fresh<HTMLTableElement>(root, "table[data-queue]", "Queue")) queue(table);
  for (const b of fresh<HTMLButtonElement>(root, "[data-keys-toggle]", "Keys")) toggle(b);
}

function toggle(b: HTMLButtonElement): void {
  const show = (): void => {
    b.textContent = (off() ? b.dataset.keysOn : b.dataset.keysOff) ?? "";
    b.closest("[data-keys]")?.classList.toggle("off", off());
  };
  b.hidden = false;
  b.addEventListener("click", () => {
    try {
      if (off()) localStorage.removeItem(OFF);
      else localStorage.setItem(OFF, "1");
    } catch {
      return;
    }
    show();
  });
  show();
}

/** J and K on a case lead through the tray, as they do in its table. */
export function neighbours(): void {
  if (!document.querySelector("[data-neighbours]")) return;
  document.addEventListener("keydown", (e) => {
    if (off() || typing(e) || e.ctrlKey || e.altKey || e.metaKey) return;
    const which = e.code === "KeyJ" ? "next" : e.code === "KeyK" ? "prev" : "";
    if (which) document.querySelector<HTMLAnchorElement>(`[data-key=${which}]`)?.click();
  });
}

function queue(table: HTMLTableElement): void {
  const rows = (): HTMLTableRowElement[] => [...table.tBodies].flatMap((b) => [...b.rows]);
  const box = (row: HTMLTableRowElement): HTMLInputElement | null => row.querySelector("input[type=checkbox][name=id]");
  const form = table.closest("form") ?? document.body;
  const bar = form.querySelector<HTMLElement>("[data-bulk]");
  const count = bar?.querySelector<HTMLElement>("[data-bulk-count]");
  const clear = bar?.querySelector<HTMLButtonElement>("[data-bulk-clear]");
  const all = table.querySelector<HTMLInputElement>("[data-select-all]");

  function refresh(): void {
    const boxes = rows().map(box).filter((b) => b !== null);
    const n = boxes.filter((b) => b.checked).length;
    for (const row of rows()) row.toggleAttribute("data-sel", box(row)?.checked ?? false);
    if (bar) bar.hidden = n === 0;
    if (count) count.textContent = (count.dataset.bulkCount ?? "{n}").replace("{n}", num(n));
    if (all) {
      all.checked = n > 0 && n === boxes.length;
      all.indeterminate = n > 0 && n < boxes.length;
    }
  }

  function check(value: boolean): void {
    for (const row of rows()) {
      const b = box(row);
      if (b) b.checked = value;
    }
    refresh();
  }

  if (all) {
    all.hidden = false;
    all.addEventListener("change", () => check(all.checked));
  }
  if (clear) {
    clear.hidden = false;
    clear.addEventListener("click", () => {
      check(false);
      all?.focus();
    });
  }
  table.addEventListener("change", refresh);
  addEventListener("pageshow", refresh);
  refresh();

  const current = (): number => rows().findIndex((r) => r.hasAttribute("data-cur"));
  function go(to: number): void {
    const list = rows();
    if (list.length === 0) return;
    const i = Math.max(0, Math.min(to, list.length - 1));
    list.forEach((r, j) => r.toggleAttribute("data-cur", i === j));
    const row = list[i]!;
    row.scrollIntoView({ block: "nearest" });
    (row.querySelector<HTMLElement>("a.no") ?? box(row))?.focus({ preventScroll: true });
  }

  document.addEventListener("keydown", (e) => {
    if (!table.isConnected || off() || typing(e) || e.ctrlKey || e.altKey || e.metaKey) return;
    const row = rows()[current()];
    // Letters by their place on the keyboard: the layout is Ukrainian.
    switch (e.code) {
      case "KeyJ":
        go(current() + 1);
        break;
      case "KeyK":
        go(current() < 0 ? 0 : current() - 1);
        break;
      case "KeyX": {
        const b = row && box(row);
        if (!b) return;
        b.checked = !b.checked;
        refresh();
        break;
      }
      case "KeyA": {
        const b = form.querySelector<HTMLButtonElement>("[data-key=a]");
        if (!b || (bar?.contains(b) && bar.hidden)) return;
        b.click();
        break;
      }
      case "Enter":
      case "NumpadEnter": {
        if (!row || (document.activeElement !== document.body && document.activeElement?.matches("a, button, summary, input"))) return;
        row.querySelector<HTMLAnchorElement>("a.no")?.click();
        break;
      }
      default: {
        if (e.key !== "/" && e.code !== "Slash") return;
        const search = document.querySelector<HTMLInputElement>("[data-key-search]");
        if (!search) return;
        search.focus();
        search.select();
      }
    }
    e.preventDefault();
  });
}
