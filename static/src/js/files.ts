import { fresh, make, plural } from "./dom.ts";

/** Lists the chosen files under [data-files], tells limits at once and lets one take a file back. */
export function fileDrops(root: ParentNode): void {
  for (const box of fresh<HTMLElement>(root, "[data-files]", "Files")) {
    const input = box.querySelector<HTMLInputElement>("input[type=file]");
    const list = box.querySelector<HTMLElement>("[data-files-list]");
    const status = box.querySelector<HTMLElement>("[data-files-status]");
    const drop = box.querySelector<HTMLElement>(".file-drop");
    if (input && list && status && drop) fileDrop(box, input, list, status, drop);
  }
}

function fileDrop(box: HTMLElement, input: HTMLInputElement, list: HTMLElement, status: HTMLElement, drop: HTMLElement): void {
  const max = Number(box.dataset.filesMax ?? 0);
  const limit = Number(box.dataset.filesMb ?? 0) * 1024 * 1024;
  const units = (box.dataset.filesUnits ?? "B KB MB").split(" ");
  let chosen: File[] = [];

  function size(n: number): string {
    const step = n < 1024 ? 0 : n < 1024 * 1024 ? 1 : 2;
    const v = n / 1024 ** step;
    return `${v.toLocaleString(document.documentElement.lang, { maximumFractionDigits: step === 2 && v < 10 ? 1 : 0 })} ${units[step]}`;
  }

  function set(files: File[]): void {
    chosen = files;
    const t = new DataTransfer();
    for (const f of files) t.items.add(f);
    input.files = t.files;
    show();
  }

  function show(): void {
    for (const li of list.querySelectorAll("[data-chosen]")) li.remove();
    const kept = list.children.length;
    for (const f of chosen) {
      const li = make("li");
      li.dataset.chosen = "";
      const thumb = make("span", "thumb");
      if (/^image\/(jpeg|png|webp)$/.test(f.type)) {
        const img = make("img");
        img.alt = "";
        img.src = URL.createObjectURL(f);
        img.addEventListener("load", () => URL.revokeObjectURL(img.src));
        thumb.append(img);
      }
      const text = make("span");
      text.append(make("b", "strong", f.name), make("br"));
      if (limit && f.size > limit) text.append(make("span", "ds-validation-message", `${size(f.size)} — ${box.dataset.filesBig ?? ""}`));
      else text.append(make("span", "muted num", size(f.size)));
      const rm = make("button", "link-button nowrap", box.dataset.filesRemove);
      rm.type = "button";
      rm.setAttribute("aria-label", (box.dataset.filesRemoveLabel ?? "").replace("{name}", f.name));
      rm.addEventListener("click", () => {
        set(chosen.filter((o) => o !== f));
        input.focus();
      });
      li.append(thumb, text, rm);
      list.append(li);
    }
    const n = chosen.length + kept;
    status.textContent = chosen.length === 0 ? "" : max && n > max ? (box.dataset.filesMany ?? "") : plural(box.dataset.filesCount, chosen.length);
    status.classList.toggle("ds-validation-message", max > 0 && n > max);
  }

  input.addEventListener("change", () => {
    // A second choice adds to the first, as people expect from «add».
    const more = [...(input.files ?? [])];
    const known = new Set(chosen.map((f) => `${f.name}/${f.size}/${f.lastModified}`));
    set(input.multiple ? [...chosen, ...more.filter((f) => !known.has(`${f.name}/${f.size}/${f.lastModified}`))] : more);
  });
  drop.addEventListener("dragover", (e) => {
    e.preventDefault();
    drop.classList.add("over");
  });
  drop.addEventListener("dragleave", () => drop.classList.remove("over"));
  drop.addEventListener("drop", (e) => {
    e.preventDefault();
    drop.classList.remove("over");
    const dropped = [...(e.dataTransfer?.files ?? [])];
    set(input.multiple ? [...chosen, ...dropped] : dropped.slice(0, 1));
  });
}
