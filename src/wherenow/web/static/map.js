// The causal map: sectors that open in place into their variables, links with sign, strength and delay, loops drawn on it.
// Cytoscape.js draws it and dagre lays it out; both are bundled with the app. The same content is in a list below the map.
import { BOX, SECTOR, grouped, layered, packed } from "./layout.js";

const frame = document.querySelector("#map");
const FEW = 60; // with more variables in several open sectors, not all links are drawn
const LONG = 34; // letters of a label that needs smaller type to fit its box
const [LEAST, MOST] = [0.5, 1.4]; // zooms: below the first no label is legible; above the second a few boxes fill the screen

// A text of the case, isolated on a page in a language other than English, as the server's `isolated` does.
function isolated(text) {
  return document.documentElement.lang === "en" || !text ? text : `\u2068${text}\u2069`;
}

// The centre and the size of the bounding box of some boxes.
function extent(nodes) {
  const edges = (axis, size) => nodes.map((node) => [node.position(axis) - SECTOR[size] / 2, node.position(axis) + SECTOR[size] / 2]).flat();
  const [xs, ys] = [edges("x", "width"), edges("y", "height")];
  const [left, right, top, bottom] = [Math.min(...xs), Math.max(...xs), Math.min(...ys), Math.max(...ys)];
  return { x: (left + right) / 2, y: (top + bottom) / 2, width: right - left, height: bottom - top };
}

class CausalMap {
  constructor(place, data) {
    this.place = place;
    this.data = data;
    this.still = matchMedia("(prefers-reduced-motion: reduce)").matches;
    this.said = document.querySelector("#map-said");
    this.words = place.dataset;
    this.of = new Map(data.variables.map((v) => [v.id, v]));
    this.titles = new Map(data.sectors.map((s) => [s.id, s.label]));
    this.cut = new Set();
    this.laid = new Map();
    const asked = place.dataset.open;
    this.open = new Set(data.sectors.map(({ id }) => id).filter((id) => asked && (id === asked || id.startsWith(`${asked}/`))));
    if (data.variables.length <= 40) for (const sector of data.sectors) this.open.add(sector.id);
    this.graph = cytoscape({ container: place, minZoom: 0.04, maxZoom: 3, style: this.#style() });
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.graph.style(this.#style()));
    this.#listen();
    this.draw();
  }

  #colour(name) {
    return getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
  }

  #style() {
    const [ink, soft, line, paper, surface, wash, accent, event, mixed] = ["ink", "soft", "line", "paper", "surface", "wash", "accent", "event", "mixed"]
      .map((name) => this.#colour(name));
    const font = getComputedStyle(document.body).fontFamily;
    return [
      { selector: "node", style: { "label": "data(label)", "font-family": font, "font-size": 14, "color": ink, "text-wrap": "wrap", "text-max-width": 124, "line-height": 1.05, "text-valign": "center", "text-halign": "center", "shape": "round-rectangle", ...BOX, "background-color": surface, "border-width": 1, "border-color": soft } },
      { selector: "node[kind='stock']", style: { "border-width": 2.5, "border-color": ink } },
      { selector: "node[kind='flow']", style: { "shape": "round-tag" } },
      { selector: "node[kind='series']", style: { "border-style": "dashed" } },
      { selector: "node[kind='sector']", style: { "background-color": wash, ...SECTOR, "font-size": 15, "font-weight": 600, "text-max-width": 154 } },
      { selector: "node[?long]", style: { "font-size": 11.5 } },
      { selector: ":parent", style: { "background-color": wash, "background-opacity": 0.6, "border-color": line, "text-valign": "top", "font-weight": 600, "font-size": 13, "text-max-width": 240, "padding": 10 } },
      { selector: "edge", style: { "curve-style": "bezier", "target-arrow-shape": "triangle", "arrow-scale": 0.9, "width": "data(width)", "line-color": soft, "target-arrow-color": soft, "opacity": 0.6 } },
      { selector: "edge[bent]", style: { "curve-style": "round-segments", "edge-distances": "node-position", "segment-distances": "data(distances)", "segment-weights": "data(weights)", "segment-radii": 14, "source-endpoint": "data(from)", "target-endpoint": "data(to)" } },
      { selector: "edge.coarse", style: { "curve-style": "straight", "source-endpoint": "data(from)", "target-endpoint": "data(to)" } },
      { selector: "edge[sign='+']", style: { "line-color": accent, "target-arrow-color": accent } },
      { selector: "edge[sign='−']", style: { "line-color": event, "target-arrow-color": event, "target-arrow-shape": "tee" } },
      { selector: "edge[?delay]", style: { "label": "‖", "font-size": 12, "color": ink, "text-background-color": paper, "text-background-opacity": 0.8 } },
      { selector: ".faint", style: { "opacity": 0.12 } },
      { selector: "edge.aside", style: { "opacity": 0, "events": "no" } },
      { selector: "node.near", style: { "border-color": accent, "border-width": 2.5 } },
      { selector: "edge.near", style: { "opacity": 1, "label": "data(said)", "font-size": 10, "color": ink, "text-background-color": paper, "text-background-opacity": 0.9, "text-rotation": "autorotate" } },
      { selector: "edge.cut", style: { "line-style": "dashed", "line-dash-pattern": [3, 6], "line-color": mixed, "target-arrow-color": mixed, "width": 3, "opacity": 1, "label": "✂", "font-size": 20, "color": mixed } },
      { selector: "edge.loop", style: { "opacity": 1, "width": "mapData(share, 0, 1, 2.5, 12)", "z-index": 9 } },
      { selector: "node.loop", style: { "border-color": accent, "border-width": 3 } },
      { selector: ":selected", style: { "border-color": event, "border-width": 3 } },
    ];
  }

  #standsFor(name) {
    const sector = this.of.get(name).sector;
    return this.open.has(sector) ? name : `s:${sector}`;
  }

  // Links between the boxes shown; a link of a closed sector represents many. Links that no layout routes around boxes
  // are hidden until the reader points at one of their ends, cuts them, or shows a loop that contains them.
  #edges(bends) {
    const found = new Map();
    const collect = (source, target, link, kind) => {
      if (source === target) return;
      const id = `${source}>${target}`;
      const one = found.get(id) ?? { id, source, target, kind, sum: 0, size: 0, count: 0, delay: true };
      one.sum += (link.sign === "−" ? -1 : link.sign === "+" ? 1 : 0) * link.strength;
      one.size += link.strength;
      one.count += 1;
      one.delay = one.delay && link.delay;
      found.set(id, one);
    };
    for (const link of this.data.links) {
      const ends = [link.source, link.target].map((name) => this.of.get(name).sector);
      const open = ends.filter((sector) => this.open.has(sector)).length;
      const inside = bends.has(`${link.source}>${link.target}`) || !this.open.size;
      collect(this.#standsFor(link.source), this.#standsFor(link.target), link, inside ? "" : "aside");
      if (open === 1) collect(`s:${ends[0]}`, `s:${ends[1]}`, link, "coarse");
    }
    return [...found.values()].map((one) => {
      const plain = one.count === 1 && ![one.source, one.target].some((end) => end.startsWith("s:"));
      const clear = one.size > 0 && Math.abs(one.sum) >= 0.5 * one.size;
      const sign = clear ? (one.sum > 0 ? "+" : "−") : "";
      const said = plain ? `${sign || "·"} ${Math.round(100 * one.size)}%${one.delay ? ` ${this.words.late}` : ""}` : `${one.count}`;
      const width = plain ? 1 + 5 * one.size : Math.min(1 + Math.sqrt(one.count), 7);
      return { data: { id: one.id, source: one.source, target: one.target, sign, delay: one.delay && plain, plain, said, share: 0, width }, classes: `${this.cut.has(one.id) ? "cut" : ""} ${one.kind}` };
    });
  }

  // Open sectors are in the middle, from causes to effects. Closed sectors are beside them: on the left those that mostly
  // act on the open ones. If no sector is open, they form a ring.
  draw() {
    const begun = performance.now();
    const members = this.data.variables.filter((v) => this.open.has(v.sector));
    const block = this.open.size ? this.#inside(members) : this.#overview();
    const nodes = [...this.open].map((sector) => ({ data: { id: `s:${sector}`, label: this.titles.get(sector), kind: "sector" } }));
    for (const v of members) nodes.push({ data: { id: v.id, label: v.label, long: v.label.length > LONG, kind: v.kind, parent: `s:${v.sector}` }, position: { ...block.places.get(v.id) } });
    nodes.push(...this.#closed(block));
    this.graph.elements().remove();
    this.graph.add(nodes);
    this.graph.add(this.#edges(block.bends).map((edge) => this.#routed(edge, block)));
    this.fit();
    this.place.dataset.laid = String(Math.round(performance.now() - begun));
    this.place.dataset.shown = String(nodes.length);
  }

  // The whole map, or only the open sectors if the whole would be too small to read; titles of open sectors are legible at
  // any size. The size of the map follows from the places of boxes: measuring every link takes longer than the layout.
  fit() {
    const [inner, outer] = [this.graph.nodes(":child"), this.graph.nodes().filter((node) => !node.isParent())].map(extent);
    const room = { width: this.graph.width() - 32, height: this.graph.height() - 32 };
    const scale = ({ width, height }) => Math.min(MOST, room.width / width, room.height / height);
    const title = this.open.size ? Math.min(60, 14 / Math.min(1, scale(outer))) : 0;
    this.graph.nodes(":parent").forEach((node) => node.style({ "font-size": title, "text-max-width": Math.max(extent(node.children()).width + 110, 240) }));
    const titled = (box) => ({ ...box, y: box.y - 1.3 * title, height: box.height + 2.6 * title });
    const shown = this.open.size && scale(titled(outer)) < LEAST ? titled(inner) : titled(outer);
    const zoom = scale(shown);
    this.graph.viewport({ zoom, pan: { x: this.graph.width() / 2 - zoom * shown.x, y: this.graph.height() / 2 - zoom * shown.y } });
  }

  #inside(members) {
    const known = new Set(members.map((v) => v.id));
    const pairs = this.data.links.map(({ source, target }) => [source, target]).filter((pair) => pair.every((id) => known.has(id)));
    const sectors = [...this.open];
    if (sectors.length > 1 && members.length <= FEW) return layered([...known], pairs, { parents: members.map((v) => [v.id, `s:${v.sector}`]) });
    const many = members.length > FEW;
    return packed(sectors.map((sector) => this.#sector(sector, many)), many ? 190 : 70);
  }

  // The layout of one sector, from top to bottom if it shows many variables.
  #sector(sector, many) {
    const key = `${sector} ${many}`;
    if (!this.laid.has(key)) {
      const own = new Set(this.data.variables.filter((v) => v.sector === sector).map((v) => v.id));
      const pairs = this.data.links.map(({ source, target }) => [source, target]).filter((pair) => pair.every((id) => own.has(id)));
      this.laid.set(key, grouped([...own], pairs, many ? ["TB"] : undefined));
    }
    return this.laid.get(key);
  }

  // Lays out sectors while the browser is idle, so that they open at once when the reader asks for all.
  prepare(sectors = this.data.sectors.map(({ id }) => id)) {
    if (!sectors.length) return;
    const later = window.requestIdleCallback ?? setTimeout;
    later(() => {
      this.#sector(sectors[0], true);
      this.prepare(sectors.slice(1));
    });
  }

  // Sectors in layers if few links join them; nothing if there are many, which a ring shows better.
  #overview() {
    const ids = this.data.sectors.map(({ id }) => `s:${id}`);
    const pairs = new Map(this.data.links.map((link) => [link.source, link.target].map((name) => `s:${this.of.get(name).sector}`)).filter(([a, b]) => a !== b).map((pair) => [pair.join(">"), pair]));
    return pairs.size <= 1.5 * ids.length ? layered(ids, [...pairs.values()], { box: SECTOR }) : { places: new Map(), bends: new Map() };
  }

  #closed(block) {
    const closed = this.data.sectors.filter(({ id }) => !this.open.has(id));
    const box = ({ id, label }, x, y) => ({ data: { id: `s:${id}`, label, long: label.length > LONG, kind: "sector" }, position: { x, y } });
    if (!this.open.size) {
      if (block.places.size) return closed.map((sector) => box(sector, block.places.get(`s:${sector.id}`).x, block.places.get(`s:${sector.id}`).y));
      const [across, down] = [Math.max(150, 46 * closed.length), Math.max(110, 30 * closed.length)];
      return closed.map((sector, i) => {
        const angle = (2 * Math.PI * i) / closed.length - Math.PI / 2;
        return box(sector, across * Math.cos(angle), down * Math.sin(angle));
      });
    }
    const net = (sector) => this.data.links.reduce((sum, { source, target }) => {
      const [from, to] = [this.of.get(source).sector, this.of.get(target).sector];
      return sum + (from === sector && this.open.has(to)) - (to === sector && this.open.has(from));
    }, 0);
    const order = closed.map((sector) => [net(sector.id), sector]).sort((a, b) => b[0] - a[0]).map(([, sector]) => sector);
    const half = Math.ceil(order.length / 2);
    const column = (own, x) => own.map((sector, i) => box(sector, x, block.height / 2 + (i - (own.length - 1) / 2) * Math.max(104, (block.height + 40) / own.length)));
    return [...column(order.slice(0, half), -230), ...column(order.slice(half), block.width + 230)];
  }

  // An edge routed around boxes: along the bends of the layout, or level from a closed sector to the edge of an open one.
  #routed(edge, block) {
    const [source, target] = [edge.data.source, edge.data.target].map((id) => this.graph.getElementById(id));
    if (edge.classes.endsWith("coarse")) {
      const [shut, open] = source.isParent() ? [target, source] : [source, target];
      const side = shut.position("x") < open.position("x") ? -1 : 1;
      const apart = source.isParent() ? 9 : -9;
      const half = open.outerHeight() / 2 - 12;
      const level = Math.max(-half, Math.min(half, shut.position("y") - open.position("y") + apart));
      const ends = [`${(-side * shut.outerWidth()) / 2} ${apart}`, `${(side * open.outerWidth()) / 2} ${level}`];
      [edge.data.from, edge.data.to] = source.isParent() ? ends.reverse() : ends;
      return edge;
    }
    const bend = block.bends.get(edge.data.id);
    if (!bend?.points.length) return edge;
    const [from, to] = [source.position(), target.position()];
    const [dx, dy] = [to.x - from.x, to.y - from.y];
    const length = Math.hypot(dx, dy);
    const box = this.open.size ? BOX : SECTOR; // asking the library for the size of each box takes longer than the layout
    const side = (ahead) => (bend.axis === "x" ? `${(Math.sign(ahead * dx) * box.width) / 2} 0` : `0 ${(Math.sign(ahead * dy) * box.height) / 2}`);
    [edge.data.bent, edge.data.from, edge.data.to] = [true, side(1), side(-1)];
    edge.data.weights = bend.points.map((p) => ((p.x - from.x) * dx + (p.y - from.y) * dy) / length ** 2);
    edge.data.distances = bend.points.map((p) => ((p.y - from.y) * dx - (p.x - from.x) * dy) / length);
    return edge;
  }

  toggle(sector) {
    if (this.open.has(sector)) this.open.delete(sector);
    else this.open.add(sector);
    this.draw();
  }

  show(name) {
    if (!this.of.has(name)) return;
    if (!this.open.has(this.of.get(name).sector)) this.toggle(this.of.get(name).sector);
    const node = this.graph.getElementById(name);
    this.graph.elements().unselect();
    node.select();
    this.#near(node);
    this.graph.animate({ center: { eles: node }, zoom: 1.1, duration: this.still ? 0 : 250 });
    this.ask({ variable: name });
  }

  #near(element) {
    const near = element.isNode() ? element.closedNeighborhood().union(element.parent()).union(element.descendants()) : element.union(element.connectedNodes());
    this.graph.elements().addClass("faint").removeClass("near");
    near.union(near.parents()).removeClass("faint");
    near.addClass("near");
    this.said.textContent = this.#tell(element);
  }

  #tell(element) {
    if (element.isNode()) return isolated(element.data("label"));
    const verb = this.words[element.data("sign") === "+" ? "raises" : element.data("sign") ? "lowers" : "acts"];
    const [from, to] = [element.source(), element.target()].map((node) => isolated(node.data("label")));
    return element.data("plain") ? `${from} ${verb} ${to}: ${element.data("said")}` : `${from} → ${to}: ${element.data("said")}`;
  }

  #far() {
    this.graph.elements().removeClass("faint near");
    this.said.textContent = "";
  }

  #listen() {
    this.graph.on("mouseover", "node, edge", (event) => this.#near(event.target));
    this.graph.on("mouseout", "node, edge", () => this.#far());
    this.graph.on("tap", "node", ({ target }) => {
      if (target.data("kind") === "sector") this.toggle(target.id().slice(2));
      else this.ask({ variable: target.id() });
    });
    this.graph.on("tap", "edge", ({ target }) => {
      if (target.data("plain")) this.ask({ link: target.id() });
    });
  }

  async ask(what) {
    const pairs = new URLSearchParams(location.search);
    for (const key of ["variable", "link", "cut", "why", "open"]) pairs.delete(key);
    for (const [key, value] of Object.entries(what)) pairs.set(key, value);
    const answer = await fetch(`/how?${pairs}`, { headers: { "X-Part": "panel" } });
    const panel = document.querySelector('[data-part="panel"]');
    panel.innerHTML = await answer.text();
    history.replaceState(null, "", `/how?${pairs}`);
    const cut = panel.querySelector("[data-cut-shown]")?.dataset.cutShown;
    this.cut = new Set(cut ? [cut] : []);
    this.graph.edges().forEach((edge) => edge.toggleClass("cut", this.cut.has(edge.id())));
  }

  // Draws a loop on the map with thick links, in proportion to its share if given.
  loop(loop, share = 0.3) {
    for (const name of loop.through) this.open.add(this.of.get(name)?.sector);
    if (loop.through.some((name) => this.graph.getElementById(name).empty())) this.draw();
    this.graph.elements().removeClass("loop").addClass("faint");
    loop.through.forEach((name, i) => {
      const next = loop.through[(i + 1) % loop.through.length];
      const edge = this.graph.getElementById(`${name}>${next}`);
      edge.data("share", share);
      const part = this.graph.getElementById(name).union(edge);
      part.addClass("loop").removeClass("faint");
      part.parents().removeClass("faint");
    });
    const drawn = this.graph.elements(".loop");
    this.graph.animate({ fit: { eles: drawn, padding: 40 }, duration: this.still ? 0 : 300 });
  }
}

async function begin() {
  const answer = await fetch(`/map.json${location.search}`);
  const map = new CausalMap(frame, await answer.json());
  frame.dispatchEvent(new CustomEvent("laid", { bubbles: true }));
  map.prepare();
  const search = document.querySelector("#map-search");
  const found = () => map.data.variables.find((v) => v.label.toLowerCase() === search.value.toLowerCase());
  search.addEventListener("change", () => {
    if (found()) map.show(found().id);
  });
  document.querySelector("#map-tools").hidden = false;
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-map]");
    if (button) act(map, button);
    const lead = event.target.closest("[data-show]");
    if (lead) {
      event.preventDefault();
      map.show(lead.dataset.show);
    }
  });
  const at = new URLSearchParams(location.search);
  if (at.get("variable")) map.show(at.get("variable"));
  await loops(map);
}

function act(map, button) {
  const graph = map.graph;
  const zoom = (by) => graph.zoom({ level: graph.zoom() * by, renderedPosition: { x: graph.width() / 2, y: graph.height() / 2 } });
  if (button.dataset.map === "in") zoom(1.3);
  if (button.dataset.map === "out") zoom(1 / 1.3);
  if (button.dataset.map === "fit") map.fit();
  if (button.dataset.map === "all") {
    for (const sector of map.data.sectors) map.open.add(sector.id);
    map.draw();
  }
  if (button.dataset.map === "none") {
    map.open.clear();
    map.draw();
  }
  if (button.dataset.map === "loop") {
    map.loop(map.data.loops.find((loop) => loop.id === button.dataset.loop));
    map.place.scrollIntoView({ block: "nearest" });
  }
}

// The findings on loops, and a slider over the periods that shows on the map which loop leads.
async function loops(map) {
  const place = document.querySelector("#loops-live");
  if (!place) return;
  if (place.querySelector("[data-waits]")) {
    const answer = await fetch(`/loops${location.search}`);
    if (!answer.ok) return;
    place.innerHTML = await answer.text();
  }
  const rows = [...place.querySelectorAll(".loop-row")].map((row) => ({ id: row.dataset.loop, title: row.querySelector("[data-title]").dataset.title, shares: JSON.parse(row.dataset.shares) }));
  const times = JSON.parse(place.querySelector("[data-times]").dataset.times);
  const [slider, play, said] = ["time", "play", "said"].map((name) => place.querySelector(`#loop-${name}`));
  place.querySelector("#loop-player").hidden = false;
  const show = () => {
    const at = Number(slider.value);
    const first = rows.reduce((best, row) => (row.shares[at] > best.shares[at] ? row : best));
    map.loop(map.data.loops.find((loop) => loop.id === first.id), first.shares[at]);
    said.textContent = `${times[at]}: ${isolated(first.title)} (${Math.round(100 * first.shares[at])}%)`;
  };
  slider.addEventListener("input", show);
  let playing = 0;
  play.addEventListener("click", () => {
    clearInterval(playing);
    const going = play.getAttribute("aria-pressed") !== "true";
    play.setAttribute("aria-pressed", String(going));
    if (!going) return;
    map.place.scrollIntoView({ block: "nearest" });
    playing = setInterval(() => {
      slider.value = String((Number(slider.value) + 1) % times.length);
      show();
    }, map.still ? 1500 : 700);
  });
}

if (frame) begin();
