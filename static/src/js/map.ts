// The maps of the portal. This bundle is loaded by the pages that show a map;
// each map is enhanced from the HTML of the server by its data attribute:
//   data-map-picker  the place of an appeal (address field, map, fields lat and lon)
//   data-map-view    one place, can be moved and enlarged
//   data-map-list    the appeals of a list, linked both ways
// Without it a page shows the picture that the server drew.

import { list, view } from "./map-list";
import { picker } from "./map-picker";

const kinds: [string, (el: HTMLElement) => void][] = [
  ["data-map-picker", picker],
  ["data-map-view", view],
  ["data-map-list", list],
];

function enhance(): void {
  for (const [attr, start] of kinds) {
    for (const el of document.querySelectorAll<HTMLElement>(`[${attr}]:not([data-map-on])`)) {
      el.setAttribute("data-map-on", "");
      start(el);
    }
  }
}

enhance();
// Parts of a page that htmx brings in later: version 4 names the event htmx:after:swap, version 2 htmx:afterSwap.
document.addEventListener("htmx:after:swap", enhance);
document.addEventListener("htmx:afterSwap", enhance);
