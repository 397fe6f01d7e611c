// The review of a draft: keys and buttons for each decision, and marks on the sentences that a proposal cites.

const list = document.querySelector("#proposals");
const said = document.querySelector("#said");
const KEYS = { a: "accept", e: "edit", r: "reject", m: "merge", u: "undo", n: "next", p: "previous", j: "next", k: "previous" };
let current = null;

function show(item) {
  if (!item) return;
  current?.classList.remove("current");
  document.querySelectorAll("#text .current").forEach((mark) => mark.classList.remove("current"));
  current = item;
  item.classList.add("current");
  item.focus({ preventScroll: true });
  item.scrollIntoView({ block: "nearest" });
  const marks = document.querySelectorAll(`#text [data-items~="${item.id}"]`);
  marks.forEach((mark) => mark.classList.add("current"));
  marks[0]?.scrollIntoView({ block: "nearest" });
}

function step(way, waiting) {
  const items = [...list.children];
  let at = items.indexOf(current) + way;
  while (waiting && items[at] && items[at].dataset.status !== "proposed") at += way;
  show(items[at] ?? current);
}

async function post(address, body) {
  const answer = await fetch(address, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) });
  const found = await answer.json();
  if (!answer.ok) throw new Error(found.error ?? "that was refused");
  return found;
}

function fill(state) {
  for (const [id, item] of Object.entries(state.items)) {
    const row = document.getElementById(id);
    if (!row) continue;
    row.dataset.status = item.status;
    row.querySelector(".words").textContent = item.words;
    row.querySelector(".decided").textContent = item.decided;
    document.querySelectorAll(`#text [data-items~="${id}"]`).forEach((mark) => {
      const on = mark.dataset.items.split(" ").some((other) => state.items[other]?.status === "accepted");
      mark.classList.toggle("accepted", on);
    });
  }
  const accepted = Object.values(state.items).filter((item) => item.status === "accepted").length;
  document.querySelector("#count").textContent = `${accepted} accepted`;
  const similar = document.querySelector("#similar");
  similar.hidden = state.similar.length === 0;
  similar.querySelector("ul").replaceChildren(...state.similar.map(([one, other]) => {
    const row = document.createElement("li");
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = "Yes, one variable";
    button.addEventListener("click", () => act(() => post("/same", { old: one, new: other })));
    row.append(`${one} = ${other}? `, button);
    return row;
  }));
}

async function act(work) {
  try {
    fill(await work());
    said.textContent = "";
    return true;
  } catch (error) {
    said.textContent = error.message;
    return false;
  }
}

async function decide(item, action) {
  const form = item.querySelector("form");
  if (action === "edit") {
    form.hidden = false;
    form.querySelector("input, select").focus();
    return;
  }
  if (action === "cancel") {
    form.hidden = true;
    show(item);
    return;
  }
  const body = { id: item.id, action };
  if (action === "merge") {
    body.into = window.prompt("Which one does it repeat (such as C3)?") ?? "";
    if (!body.into) return;
  }
  if (await act(() => post("/decide", body)) && action !== "undo") step(1, true);
}

list.addEventListener("click", (event) => {
  const item = event.target.closest("li");
  if (!item) return;
  if (item !== current) show(item);
  const action = event.target.dataset?.act;
  if (action) decide(item, action);
});

list.addEventListener("submit", async (event) => {
  event.preventDefault();
  const item = event.target.closest("li");
  const changes = Object.fromEntries(new FormData(event.target));
  if ("negated" in changes) changes.negated = changes.negated === "True";
  if (await act(() => post("/decide", { id: item.id, action: "edit", changes }))) {
    event.target.hidden = true;
    step(1, true);
  }
});

document.addEventListener("keydown", (event) => {
  const form = event.target.closest("form");
  if (event.key === "Escape" && form) decide(form.closest("li"), "cancel");
  if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest("input, select, textarea")) return;
  const action = KEYS[event.key];
  if (!action || !current) return;
  event.preventDefault();
  if (action === "next" || action === "previous") step(action === "next" ? 1 : -1, false);
  else decide(current, action);
});

document.querySelector("#text").addEventListener("click", (event) => {
  const id = event.target.dataset?.items?.split(" ")[0];
  if (id) show(document.getElementById(id));
});

document.querySelector("#run").addEventListener("click", async (event) => {
  event.target.disabled = true;
  said.textContent = "running…";
  try {
    const found = await post("/run", {});
    window.location.assign(found.address);
  } catch (error) {
    said.textContent = error.message;
    event.target.disabled = false;
  }
});

show(list.querySelector('[data-status="proposed"]') ?? list.firstElementChild);
