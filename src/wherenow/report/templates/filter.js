// Shows the claims that match; without script every claim is shown and the controls are not.
"use strict";
const form = document.querySelector("form.filter");
const rows = [...document.querySelectorAll("table.claims tbody tr")];
const said = form.querySelector("output");
function show() {
  const wanted = new FormData(form);
  const words = wanted.get("text").toLowerCase().split(/\s+/).filter(Boolean);
  let shown = 0;
  for (const row of rows) {
    const text = row.textContent.toLowerCase();
    const fits = ["verdict", "kind", "sector"].every((k) => !wanted.get(k) || row.dataset[k] === wanted.get(k));
    row.hidden = !(fits && words.every((w) => text.includes(w)));
    shown += !row.hidden;
  }
  said.textContent = shown === rows.length ? `${shown} claims` : `${shown} of ${rows.length} claims`;
}
form.addEventListener("input", show);
form.addEventListener("submit", (event) => event.preventDefault());
form.hidden = false;
show();
// On paper every detail is open.
const closed = () => document.querySelectorAll("details:not([open])");
let opened = [];
addEventListener("beforeprint", () => { opened = [...closed()]; opened.forEach((d) => { d.open = true; }); });
addEventListener("afterprint", () => opened.forEach((d) => { d.open = false; }));
