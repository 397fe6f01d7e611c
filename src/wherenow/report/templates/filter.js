// Shows the claims that match; without JavaScript every claim is shown and the controls are hidden.
"use strict";
const form = document.querySelector("form.filter");
const rows = [...document.querySelectorAll("table.claims tbody tr")];
const said = form.querySelector("output");
function showRows() {
  const wanted = new FormData(form);
  const words = wanted.get("text").toLowerCase().split(/\s+/).filter(Boolean);
  let shown = 0;
  for (const row of rows) {
    const text = row.textContent.toLowerCase();
    const fits = ["verdict", "sector"].every((k) => !wanted.get(k) || row.dataset[k] === wanted.get(k));
    row.hidden = !(fits && words.every((w) => text.includes(w)));
    shown += !row.hidden;
  }
  said.textContent = shown === rows.length ? `${shown} claims` : `${shown} of ${rows.length} claims`;
}
form.addEventListener("input", showRows);
form.addEventListener("submit", (event) => event.preventDefault());
form.hidden = false;
showRows();
// The navigation marks the section in view.
const links = new Map([...document.querySelectorAll("nav a")].map((a) => [a.hash.slice(1), a]));
const sections = [...document.querySelectorAll("main > section")];
function mark() {
  const current = sections.filter((s) => s.getBoundingClientRect().top < innerHeight / 3).at(-1) ?? sections[0];
  for (const [id, link] of links) {
    if (id === current.id) link.setAttribute("aria-current", "true");
    else link.removeAttribute("aria-current");
  }
}
addEventListener("scroll", mark, { passive: true });
mark();
// An address inside the appendix opens its section.
function openTarget() {
  const target = location.hash && document.getElementById(location.hash.slice(1));
  if (target) for (let at = target; at; at = at.parentElement) if (at.nodeName === "DETAILS") at.open = true;
}
addEventListener("hashchange", openTarget);
openTarget();
// On paper the claims and the grounds of each finding are open; the appendix is as the reader left it.
let opened = [];
addEventListener("beforeprint", () => {
  opened = [...document.querySelectorAll("details.more:not([open]), details.all-claims:not([open])")];
  opened.forEach((d) => { d.open = true; });
});
addEventListener("afterprint", () => opened.forEach((d) => { d.open = false; }));
