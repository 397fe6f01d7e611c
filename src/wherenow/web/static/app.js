// The app's script: each change of the form requests the affected parts of the page from the server.
const tall = matchMedia("(max-width: 60rem)"); // cards above levers, not beside them
const client = Math.random().toString(36).slice(2);
let turn = 0;

// Runs one request of a kind at a time; of those that arrive in the meantime, it keeps only the newest.
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

const differs = (a, b) => Math.abs(Number(a) - Number(b)) > 1e-9;

function query(form) {
  const pairs = new URLSearchParams();
  for (const [name, value] of new FormData(form)) {
    const rest = form.elements[name]?.dataset?.rest;
    if (value !== "" && (rest === undefined || differs(rest, value))) pairs.append(name, value);
  }
  return pairs;
}

// Morphs the current nodes into the new ones, changing only what differs, so that the rest need not be laid out again.
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
  const kept = there.nodeName === "DETAILS" ? "open" : ""; // a section that the reader opened stays open
  for (const { name, value } of come.attributes) if (there.getAttribute(name) !== value) there.setAttribute(name, value);
  for (const { name } of [...there.attributes]) if (!come.hasAttribute(name) && name !== kept) there.removeAttribute(name);
  if (!there.hasAttribute("data-cuts")) become(there, come);
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

const shape = () => (tall.matches ? "tall" : "wide");

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

// Lever positions are sent over one socket, which stays open while levers move; without a socket, by requests.
class LeverSocket {
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
    else this.#plain.ask(() => fill("live", "/", pairs));
  }
  #answered({ html, message }) {
    if (message !== undefined) this.target.textContent = message;
    else show(this.target, html);
  }
}

// Links on the page lead to other views of the same setting.
function followLinks() {
  for (const link of document.querySelectorAll("a[data-view]")) link.href = link.dataset.view + location.search;
  for (const link of document.querySelectorAll("a[data-language]")) {
    const pairs = new URLSearchParams(location.search);
    pairs.set("lang", link.dataset.language);
    link.href = `${location.pathname}?${pairs}`;
  }
}

function say(input) {
  const output = input.parentElement.querySelector("output");
  const { times, unit, rest } = input.dataset;
  const value = Number((Number(input.value) * Number(times)).toPrecision(3)).toLocaleString("en").replace("-", "\u2212");
  output.value = `${value}${unit.startsWith("%") ? "" : " "}${unit}`.trim();
  input.closest(".lever").classList.toggle("moved", differs(input.dataset.default, input.value));
  input.closest(".lever").classList.toggle("own", differs(rest, input.value));
}

// The setting of the first page: levers, scenarios, comparisons. Each completed change is an entry of the
// browser's history, so that Back and Forward undo and redo it.
class Setting {
  constructor(form) {
    this.form = form;
    this.presets = JSON.parse(form.dataset.presets);
    this.drags = new LeverSocket(document.querySelector("#live"));
    this.settling = new Latest();
    this.ranges = [...form.querySelectorAll("input[type=range]")];
    for (const place of form.querySelectorAll("[data-at]")) place.style.insetInlineStart = `${place.dataset.at}%`;
    for (const hint of ["pointerenter", "focusin"]) form.addEventListener(hint, () => this.drags.open());
    form.addEventListener("input", (event) => this.#moved(event.target));
    form.addEventListener("change", (event) => this.#rested(event.target));
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.settle();
    });
    form.addEventListener("reset", (event) => {
      event.preventDefault();
      this.apply(new URLSearchParams());
      this.settle();
    });
    tall.addEventListener("change", () => this.refresh());
    addEventListener("popstate", () => {
      this.apply(new URLSearchParams(location.search));
      this.refresh();
    });
    form.querySelector(".steps").hidden = false;
    for (const button of form.querySelectorAll("[data-step]")) button.addEventListener("click", () => history[button.dataset.step]());
    this.#keepOwn();
    this.ranges.forEach(say);
    this.#mark();
  }

  get scenario() {
    return this.form.elements.scenario?.value ?? "";
  }

  #moved(input) {
    if (input.type === "range") {
      say(input);
      this.#mark();
      this.drags.ask(query(this.form));
    } else if (input.name === "scenario") this.#preset({});
  }

  #rested(input) {
    if (input.name === "with" && this.form.querySelectorAll("input[name=with]:checked").length > 3) {
      input.checked = false;
      return;
    }
    if (input.name) this.settle();
  }

  // Sets every lever to the scenario's value, except those in `own`.
  #preset(own) {
    const { values, held } = this.presets[this.scenario] ?? { values: {}, held: [] };
    for (const input of this.ranges) {
      const name = input.name.slice(2);
      const rest = values[name] ?? Number(input.dataset.default);
      input.dataset.rest = rest;
      input.disabled = held.includes(name);
      input.closest(".lever").querySelector(".held").hidden = !input.disabled;
      input.value = own[input.name] ?? rest;
      if (own[input.name] === undefined && differs(input.value, rest)) input.dataset.rest = input.value; // rounded to a step
      say(input);
    }
    this.#mark();
  }

  apply(pairs) {
    const scenario = pairs.get("scenario") ?? "";
    for (const radio of this.form.querySelectorAll("input[name=scenario]")) radio.checked = radio.value === scenario;
    const compared = pairs.getAll("with");
    for (const box of this.form.querySelectorAll("input[name=with]")) box.checked = compared.includes(box.value);
    this.#preset(Object.fromEntries(pairs));
  }

  settle() {
    const pairs = query(this.form);
    const address = `${pairs}` ? `/?${pairs}` : "/";
    if (address !== location.pathname + location.search) history.pushState(null, "", address);
    this.refresh();
  }

  refresh() {
    followLinks();
    this.#mark();
    const pairs = query(this.form);
    this.settling.ask(async () => {
      await fill("live", "/", pairs);
      await fill("rest", "/", pairs);
      await fill("compared", "/", pairs);
    });
  }

  #mark() {
    const changed = [...query(this.form).keys()].some((key) => key === "scenario" || key.startsWith("l."));
    document.body.classList.toggle("changed", changed);
  }

  // Settings that a reader saved, stored in this browser.
  #keepOwn() {
    const place = this.form.querySelector("[data-saved]");
    const name = this.form.querySelector("[data-save-name]");
    if (!place || !name) return;
    const key = `wherenow:${this.form.dataset.case}`;
    const kept = () => JSON.parse(localStorage.getItem(key) ?? "{}");
    const draw = () => {
      place.replaceChildren(...Object.entries(kept()).map(([said, pairs]) => {
        const chip = document.createElement("span");
        chip.className = "chip own";
        const use = document.createElement("button");
        use.type = "button";
        use.textContent = said;
        use.addEventListener("click", () => {
          this.apply(new URLSearchParams(pairs));
          this.settle();
        });
        const drop = document.createElement("button");
        drop.type = "button";
        drop.textContent = "×";
        drop.setAttribute("aria-label", `${place.dataset.forget}: ${said}`);
        drop.addEventListener("click", () => {
          const { [said]: _, ...others } = kept();
          localStorage.setItem(key, JSON.stringify(others));
          draw();
        });
        chip.append(use, drop);
        return chip;
      }));
    };
    this.form.querySelector("[data-save]").addEventListener("click", () => {
      if (!name.value.trim()) {
        name.focus();
        return;
      }
      localStorage.setItem(key, JSON.stringify({ ...kept(), [name.value.trim()]: `${query(this.form)}` }));
      name.value = "";
      draw();
    });
    name.addEventListener("keydown", (event) => {
      if (event.key !== "Enter") return;
      event.preventDefault();
      this.form.querySelector("[data-save]").click();
    });
    draw();
  }
}

const setting = document.querySelector("#setting");
if (setting) new Setting(setting);
if (setting && tall.matches) for (const group of setting.querySelectorAll(".group")) group.open = group.querySelector(".moved") !== null;

// A link in a chain of reasons is cut and restored in place; the effect is shown below it.
document.addEventListener("click", async (event) => {
  const button = event.target.closest("button[data-cut]");
  if (!button) return;
  const place = button.closest("details, section, article").querySelector("[data-cuts]");
  const cut = button.getAttribute("aria-pressed") !== "true";
  for (const other of button.closest(".chain").querySelectorAll("button[data-cut]")) other.setAttribute("aria-pressed", "false");
  button.setAttribute("aria-pressed", String(cut));
  if (!cut) {
    place.replaceChildren();
    return;
  }
  place.setAttribute("aria-busy", "true");
  const pairs = new URLSearchParams(location.search);
  const lang = pairs.get("lang");
  const answer = await fetch(`/cut?${new URLSearchParams({ link: button.dataset.cut, ...(lang ? { lang } : {}) })}`);
  place.innerHTML = answer.ok ? await answer.text() : "";
  place.removeAttribute("aria-busy");
});

// Forms that load a whole page are submitted as soon as an option is chosen.
for (const form of document.querySelectorAll("form[data-soon]")) {
  form.addEventListener("change", () => form.requestSubmit());
}

// A field that searches a list of choices: typing replaces the present choice, and choosing another submits it.
for (const field of document.querySelectorAll("input[data-choice]")) {
  field.addEventListener("focus", () => field.select());
  field.addEventListener("change", () => {
    if ([...field.list.options].some((option) => option.value === field.value)) field.form.requestSubmit();
  });
}

// Copying the address, and printing.
document.addEventListener("click", async (event) => {
  if (event.target.closest("[data-print]")) print();
  const button = event.target.closest("[data-copy]");
  if (!button) return;
  const said = button.textContent;
  await navigator.clipboard.writeText(location.href);
  button.textContent = button.dataset.copy;
  setTimeout(() => { button.textContent = said; }, 1500);
});

// Waiting for the outlook: the page is reloaded when it is ready.
if (document.querySelector("[data-wait]")) {
  const source = new EventSource("/api/progress");
  source.addEventListener("message", (event) => {
    if (!JSON.parse(event.data).done) return;
    source.close();
    location.reload();
  });
}

// Waiting for slower parts: each is requested again every few seconds.
function again(part) {
  const waiting = part.querySelector("[data-again]");
  if (!waiting) return;
  setTimeout(async () => {
    const answer = await fetch(waiting.dataset.again);
    if (answer.ok) part.innerHTML = await answer.text();
    again(part);
  }, 1000 * Number(waiting.dataset.after));
}
for (const part of document.querySelectorAll("[data-live]")) again(part);

// Filtering of rows by words, in the page.
for (const search of document.querySelectorAll("input[data-filters]")) {
  const rows = [...document.querySelectorAll(search.dataset.filters)];
  search.addEventListener("input", () => {
    const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
    for (const row of rows) row.hidden = !words.every((word) => row.textContent.toLowerCase().includes(word));
  });
}
// Selecting a span of time by dragging over a chart.
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
