// The app's script: a form whose every change asks the server for the parts of the page that it touches.
const narrow = matchMedia("(max-width: 44rem)");
const client = Math.random().toString(36).slice(2);
let turn = 0;

// One request of a kind at a time; while it runs only the newest that follows is kept.
class Latest {
  #busy = false;
  #next = null;
  async ask(work) {
    if (this.#busy) {
      this.#next = work;
      return;
    }
    this.#busy = true;
    try {
      await work();
    } finally {
      this.#busy = false;
      const next = this.#next;
      this.#next = null;
      if (next) this.ask(next);
    }
  }
}

function query(form) {
  const pairs = new URLSearchParams();
  for (const [name, value] of new FormData(form)) {
    const rest = form.elements[name]?.dataset?.rest;
    const moved = rest === undefined || (rest !== value && Number(rest) !== Number(value));
    if (value !== "" && moved) pairs.append(name, value);
  }
  return pairs;
}

// Makes what is there like what has come, touching only what differs: what stays as it is need not be laid out again.
function morph(there, come) {
  if (there.isEqualNode(come)) return;
  if (there.nodeName !== come.nodeName || there.nodeType !== come.nodeType) {
    there.replaceWith(come);
    return;
  }
  if (there.nodeType !== Node.ELEMENT_NODE) {
    there.data = come.data;
    return;
  }
  for (const { name, value } of come.attributes) if (there.getAttribute(name) !== value) there.setAttribute(name, value);
  for (const { name } of [...there.attributes]) if (!come.hasAttribute(name)) there.removeAttribute(name);
  become(there, come);
}

function become(there, come) {
  const [old, fresh] = [[...there.childNodes], [...come.childNodes]];
  for (let i = 0; i < Math.max(old.length, fresh.length); i += 1) {
    if (i >= fresh.length) old[i].remove();
    else if (i >= old.length) there.append(fresh[i]);
    else morph(old[i], fresh[i]);
  }
}

function show(target, html) {
  const come = document.createElement("template");
  come.innerHTML = html;
  become(target, come.content);
  target.dispatchEvent(new CustomEvent("filled", { bubbles: true }));
}

const shape = () => (narrow.matches ? "tall" : "wide");

async function fill(part, address, pairs) {
  const target = document.querySelector(`[data-part="${part}"]`);
  if (!target) return null;
  const headers = { "X-Part": part, "X-Client": `${client}-${part}`, "X-Turn": String((turn += 1)), "X-Shape": shape() };
  const answer = await fetch(`${address}?${pairs}`, { headers });
  if (answer.status === 204) return null;
  const text = await answer.text();
  if (answer.ok) show(target, text);
  else target.textContent = (new DOMParser().parseFromString(text, "text/html").querySelector("main")?.textContent ?? text).trim();
  return answer.headers.get("X-Address");
}

// Positions of levers go over one socket, which stays open while they move; without one, by requests.
class Drags {
  #socket = null;
  #plain = new Latest();
  constructor(target) {
    this.target = target;
  }
  open() {
    if (this.#socket && this.#socket.readyState <= WebSocket.OPEN) return;
    this.#socket = new WebSocket(`${location.protocol === "https:" ? "wss" : "ws"}://${location.host}/drag`);
    this.#socket.addEventListener("message", (event) => this.#answered(JSON.parse(event.data)));
  }
  ask(pairs) {
    this.open();
    turn += 1;
    if (this.#socket.readyState === WebSocket.OPEN) this.#socket.send(JSON.stringify({ turn, shape: shape(), query: `${pairs}` }));
    else this.#plain.ask(async () => keep(await fill("live", "/", pairs)));
  }
  #answered({ html, told, address }) {
    if (told !== undefined) this.target.textContent = told;
    else show(this.target, html);
    keep(address);
  }
}

// The address follows when a lever rests: browsers allow few changes of it a second.
let resting = 0;
function keep(address) {
  clearTimeout(resting);
  if (address) resting = setTimeout(() => settleAddress(address), 150);
}

function settleAddress(address) {
  history.replaceState(null, "", address);
  const search = address.includes("?") ? address.slice(address.indexOf("?")) : "";
  for (const link of document.querySelectorAll("a[data-view]")) link.href = link.dataset.view + search;
  for (const link of document.querySelectorAll("a[data-language]")) {
    const pairs = new URLSearchParams(search);
    pairs.set("lang", link.dataset.language);
    link.href = `${location.pathname}?${pairs}`;
  }
}

function say(input) {
  const output = input.parentElement.querySelector("output");
  const value = Number(Number(input.value).toPrecision(3)).toLocaleString("en").replace("-", "\u2212");
  output.value = `${value} ${input.dataset.unit}`.trim();
  input.closest(".lever").classList.toggle("moved", Number(input.dataset.rest) !== Number(input.value));
}

const setting = document.querySelector("#setting");
if (setting) {
  const drags = new Drags(document.querySelector("#live"));
  const settling = new Latest();
  const drag = () => drags.ask(query(setting));
  for (const hint of ["pointerenter", "focusin"]) setting.addEventListener(hint, () => drags.open());
  const settle = () => settling.ask(async () => {
    const pairs = query(setting);
    await fill("others", "/", pairs);
    await fill("compared", "/", pairs);
  });
  const mark = () => document.body.classList.toggle("changed", [...query(setting).keys()].some((k) => k === "scenario" || k.startsWith("l.")));
  setting.addEventListener("input", (event) => {
    if (event.target.type === "range") say(event.target);
    const compared = setting.querySelectorAll("input[name=with]:checked");
    if (event.target.name === "with" && compared.length > 3) {
      event.target.checked = false;
      return;
    }
    mark();
    if (event.target.name !== "with") drag();
  });
  setting.addEventListener("change", settle);
  narrow.addEventListener("change", drag);
  setting.addEventListener("submit", (event) => {
    event.preventDefault();
    drag();
    settle();
  });
  setting.addEventListener("reset", (event) => {
    event.preventDefault();
    for (const input of setting.querySelectorAll("input[type=range]")) {
      input.value = input.dataset.rest;
      say(input);
    }
    setting.querySelector("input[name=scenario][value='']")?.click();
    mark();
    drag();
    settle();
  });
  setting.querySelectorAll("input[type=range]").forEach(say);
  mark();
}

// Forms that ask for a whole page do so as soon as something is chosen.
for (const form of document.querySelectorAll("form[data-soon]")) {
  form.addEventListener("change", () => form.requestSubmit());
}

// Copying the address.
document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copy]");
  if (!button) return;
  const said = button.textContent;
  await navigator.clipboard.writeText(location.href);
  button.textContent = button.dataset.copy;
  setTimeout(() => { button.textContent = said; }, 1500);
});

// Waiting for the outlook: the first page fills in its answer, others are loaded again.
if (document.querySelector("[data-wait]")) {
  const source = new EventSource("/api/progress");
  source.addEventListener("message", async (event) => {
    if (!JSON.parse(event.data).done) return;
    source.close();
    if (document.querySelector('[data-part="answer"]')) await fill("answer", "/", new URLSearchParams(location.search));
    else location.reload();
  });
}

// Waiting for what takes longer: the page is loaded again every so many seconds.
const again = document.querySelector("[data-reload]");
if (again) setTimeout(() => location.reload(), 1000 * Number(again.dataset.reload));

// A span of time chosen by dragging over a chart that can be brushed.
for (const chart of document.querySelectorAll("svg[data-start]")) {
  const { start, stop, left, right } = chart.dataset;
  const time = (event) => {
    const box = chart.getBoundingClientRect();
    const x = ((event.clientX - box.left) / box.width) * chart.viewBox.baseVal.width;
    const share = Math.min(1, Math.max(0, (x - Number(left)) / (Number(right) - Number(left))));
    return Number(start) + share * (Number(stop) - Number(start));
  };
  const brush = chart.querySelector(".brush");
  let begun = null;
  chart.addEventListener("pointerdown", (event) => {
    if (event.target.closest("a")) return;
    begun = { time: time(event), x: event.clientX };
    chart.setPointerCapture(event.pointerId);
  });
  chart.addEventListener("pointermove", (event) => {
    if (!begun) return;
    const scale = (t) => Number(left) + ((t - Number(start)) / (Number(stop) - Number(start))) * (Number(right) - Number(left));
    const ends = [begun.time, time(event)].sort((a, b) => a - b).map(scale);
    brush.setAttribute("x", ends[0]);
    brush.setAttribute("width", ends[1] - ends[0]);
  });
  chart.addEventListener("pointerup", (event) => {
    if (!begun) return;
    const ends = [begun.time, time(event)].sort((a, b) => a - b);
    const form = document.querySelector("#span");
    if (Math.abs(event.clientX - begun.x) > 4 && form) {
      form.elements.from.value = ends[0].toFixed(2);
      form.elements.to.value = ends[1].toFixed(2);
      form.requestSubmit();
    }
    begun = null;
  });
}
