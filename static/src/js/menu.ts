/** Menus made of details close on Escape and on a click outside. */
export function menus(): void {
  const open = (): HTMLDetailsElement[] => [...document.querySelectorAll<HTMLDetailsElement>("details[data-menu][open]")];
  document.addEventListener("keydown", (e) => {
    if (e.key !== "Escape") return;
    for (const d of open()) {
      const inside = d.contains(document.activeElement);
      d.open = false;
      if (inside) d.querySelector("summary")?.focus();
    }
  });
  document.addEventListener("click", (e) => {
    for (const d of open()) if (!d.contains(e.target as Node)) d.open = false;
  });
}

/** [data-print] prints the page. */
export function printButtons(): void {
  document.addEventListener("click", (e) => {
    if ((e.target as HTMLElement).closest("[data-print]")) print();
  });
}

/** A row of tabs that is wider than the screen begins with the open one in sight. */
export function openTabs(): void {
  for (const t of document.querySelectorAll<HTMLElement>(".tabs>[aria-current]")) {
    const row = t.parentElement!;
    const end = t.offsetLeft - row.offsetLeft + t.offsetWidth + 24;
    if (end > row.clientWidth) row.scrollLeft = end - row.clientWidth;
  }
}
