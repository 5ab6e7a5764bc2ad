// What every page runs. Pages are whole without it; this adds comfort: focus,
// counters, drafts, suggestions, keys. Words come from data attributes, so that
// the catalogue stays the only place of texts.
//
// htmx serves partial updates. Its parts that evaluate strings (hx-on, js:)
// are forbidden by the Content-Security-Policy and are not used.
import "htmx.org";
import { blanks, counters, errorSummary, guard, once } from "./form.ts";
import { autosave, drafts } from "./draft.ts";
import { suggestions } from "./suggest.ts";
import { fileDrops } from "./files.ts";
import { menus, openTabs, printButtons } from "./menu.ts";
import { neighbours, queues } from "./queue.ts";

function enhance(root: ParentNode): void {
  errorSummary(root);
  counters(root);
  blanks(root);
  drafts(root);
  autosave(root);
  suggestions(root);
  fileDrops(root);
  queues(root);
}

enhance(document);
menus();
openTabs();
printButtons();
neighbours();
once();
guard();
// A part that htmx has put in gets the same care.
document.addEventListener("htmx:after:swap", () => enhance(document));
