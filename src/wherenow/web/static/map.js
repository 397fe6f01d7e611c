// The causal map: sectors that open in place into their variables, links with sign, strength and delay, loops drawn on it.
// Cytoscape.js draws it and dagre lays it out; both are bundled with the app. The same is in a list below the map.
const frame = document.querySelector("#map");

// Boxes laid in layers by dagre: where each lies, and the size of all.
function layered(boxes, pairs, how) {
  const graph = new dagre.graphlib.Graph();
  graph.setGraph(how);
  graph.setDefaultEdgeLabel(() => ({}));
  for (const { id, width, height } of boxes) graph.setNode(id, { width, height });
  for (const [source, target] of pairs) if (source !== target) graph.setEdge(source, target);
  dagre.layout(graph);
  const { width, height } = graph.graph();
  return { width: boxes.length ? width : 0, height: boxes.length ? height : 0, at: (id) => graph.node(id) };
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
    this.open = new Set(place.dataset.open ? [place.dataset.open] : []);
    if (data.variables.length <= 40) for (const sector of data.sectors) this.open.add(sector.id);
    this.graph = cytoscape({ container: place, minZoom: 0.15, maxZoom: 3, style: this.#style() });
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
      { selector: "node", style: { "label": "data(label)", "font-family": font, "font-size": 11, "color": ink, "text-wrap": "wrap", "text-max-width": 96, "text-valign": "center", "text-halign": "center", "shape": "round-rectangle", "width": 108, "height": 36, "background-color": surface, "border-width": 1, "border-color": soft } },
      { selector: "node[kind='stock']", style: { "border-width": 2.5, "border-color": ink } },
      { selector: "node[kind='flow']", style: { "shape": "round-tag" } },
      { selector: "node[kind='series']", style: { "border-style": "dashed" } },
      { selector: "node[kind='sector']", style: { "background-color": wash, "width": 150, "height": 62, "font-size": 15, "font-weight": 600, "text-max-width": 138 } },
      { selector: ":parent", style: { "background-color": wash, "background-opacity": 0.6, "border-color": line, "text-valign": "top", "font-weight": 600, "font-size": 13, "text-max-width": 240, "padding": 10 } },
      { selector: "edge", style: { "curve-style": "bezier", "target-arrow-shape": "triangle", "arrow-scale": 0.9, "width": "data(width)", "line-color": soft, "target-arrow-color": soft, "opacity": 0.6 } },
      { selector: "edge[sign='+']", style: { "line-color": accent, "target-arrow-color": accent } },
      { selector: "edge[sign='−']", style: { "line-color": event, "target-arrow-color": event, "target-arrow-shape": "tee" } },
      { selector: "edge[?delay]", style: { "label": "‖", "font-size": 12, "color": ink, "text-background-color": paper, "text-background-opacity": 0.8 } },
      { selector: "edge.outward", style: { "opacity": 0.16 } },
      { selector: ".faint", style: { "opacity": 0.12 } },
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

  // Links between what is shown; those between closed sectors stand for many.
  #edges() {
    const found = new Map();
    for (const link of this.data.links) {
      const [source, target] = [this.#standsFor(link.source), this.#standsFor(link.target)];
      if (source === target) continue;
      const id = `${source}>${target}`;
      const one = found.get(id) ?? { id, source, target, sum: 0, size: 0, count: 0, delay: true };
      one.sum += (link.sign === "−" ? -1 : link.sign === "+" ? 1 : 0) * link.strength;
      one.size += link.strength;
      one.count += 1;
      one.delay = one.delay && link.delay;
      found.set(id, one);
    }
    const whole = !this.open.size;
    return [...found.values()].map((one) => {
      const plain = one.count === 1;
      const clear = one.size > 0 && Math.abs(one.sum) >= 0.5 * one.size;
      const sign = clear ? (one.sum > 0 ? "+" : "−") : "";
      const strength = plain ? one.size : one.size / one.count;
      const said = plain ? `${sign || "·"} ${Math.round(100 * strength)}%${one.delay ? ` ${this.words.late}` : ""}` : `${one.count}`;
      const crosses = !whole && [one.source, one.target].some((end) => end.startsWith("s:"));
      return { data: { id: one.id, source: one.source, target: one.target, sign, delay: one.delay && plain, count: one.count, strength, said, share: 0, width: plain ? 1 + 5 * strength : Math.min(1 + Math.sqrt(one.count), 7) }, classes: `${this.cut.has(one.id) ? "cut" : ""} ${crosses ? "outward" : ""}` };
    });
  }

  // Open sectors in the middle, their variables in layers from causes to effects; closed ones on a ring around them.
  draw() {
    const begun = performance.now();
    const inner = new Map([...this.open].map((sector) => [sector, this.#inside(sector)]));
    const middle = layered(
      [...inner].map(([id, own]) => ({ id, width: own.width + 40, height: own.height + 64 })),
      this.data.links.map(({ source, target }) => [this.of.get(source).sector, this.of.get(target).sector]).filter((pair) => pair.every((s) => inner.has(s))),
      { rankdir: "LR", ranksep: 80, nodesep: 40 },
    );
    const nodes = [];
    for (const [sector, own] of inner) {
      const { x, y } = middle.at(sector);
      nodes.push({ data: { id: `s:${sector}`, label: this.titles.get(sector), kind: "sector" }, position: { x, y } });
      for (const v of own.members) {
        const place = own.at(v.id);
        nodes.push({
          data: { id: v.id, label: v.label, kind: v.kind, parent: `s:${sector}` },
          position: { x: x + place.x - own.width / 2, y: y + place.y - own.height / 2 + 8 },
        });
      }
    }
    const closed = this.data.sectors.filter(({ id }) => !this.open.has(id));
    const [across, down] = [Math.max(middle.width / 2 + 150, 95 * closed.length ** 0.8), Math.max(middle.height / 2 + 90, 42 * closed.length)];
    closed.forEach(({ id, label }, i) => {
      const angle = (2 * Math.PI * i) / closed.length - Math.PI / 2;
      const position = { x: middle.width / 2 + across * Math.cos(angle) * Math.SQRT2 ** (inner.size ? 1 : 0), y: middle.height / 2 + down * Math.sin(angle) * Math.SQRT2 ** (inner.size ? 1 : 0) };
      nodes.push({ data: { id: `s:${id}`, label, kind: "sector" }, position });
    });
    this.graph.elements().remove();
    this.graph.add([...nodes, ...this.#edges()]);
    if (inner.size === 1) this.graph.fit(this.graph.getElementById(`s:${[...inner.keys()][0]}`), 40);
    else this.graph.fit(undefined, 24);
    this.place.dataset.laid = String(Math.round(performance.now() - begun));
    this.place.dataset.shown = String(nodes.length);
  }

  #inside(sector) {
    const members = this.data.variables.filter((v) => v.sector === sector);
    const known = new Set(members.map((v) => v.id));
    const links = this.data.links.filter(({ source, target }) => known.has(source) && known.has(target));
    const laid = layered(members.map(({ id }) => ({ id, width: 112, height: 40 })), links.map(({ source, target }) => [source, target]), { rankdir: "TB", ranksep: 42, nodesep: 18 });
    return { ...laid, members };
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
    if (element.isNode()) return element.data("label");
    const verb = this.words[element.data("sign") === "+" ? "raises" : element.data("sign") ? "lowers" : "acts"];
    const [from, to] = [element.source().data("label"), element.target().data("label")];
    return element.data("count") === 1 ? `${from} ${verb} ${to}: ${element.data("said")}` : `${from} → ${to}: ${element.data("count")}`;
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
      if (target.data("count") === 1 && !target.source().id().startsWith("s:") && !target.target().id().startsWith("s:")) this.ask({ link: target.id() });
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

  // A loop on the map: its links thick, as thick as its share where one is given.
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
}

function act(map, button) {
  const graph = map.graph;
  const zoom = (by) => graph.zoom({ level: graph.zoom() * by, renderedPosition: { x: graph.width() / 2, y: graph.height() / 2 } });
  if (button.dataset.map === "in") zoom(1.3);
  if (button.dataset.map === "out") zoom(1 / 1.3);
  if (button.dataset.map === "fit") graph.fit(undefined, 24);
  if (button.dataset.map === "all") {
    for (const sector of map.data.sectors) map.open.add(sector.id);
    map.draw();
  }
  if (button.dataset.map === "none") {
    map.open.clear();
    map.draw();
  }
  if (button.dataset.map === "loop") map.loop(map.data.loops.find((loop) => loop.id === button.dataset.loop));
  if (button.dataset.map === "over-time") overTime(map, button);
}

// Which loop leads when: a slider over the periods, played on the map.
async function overTime(map, button) {
  button.disabled = true;
  const said = document.querySelector("#loop-said");
  said.textContent = button.dataset.text;
  const answer = await fetch("/api/loops");
  const scored = await answer.json();
  const slider = document.querySelector("#loop-time");
  const times = scored.loops[0]?.periods.map((period) => period.time) ?? [];
  slider.max = String(times.length - 1);
  document.querySelector("#loop-player").hidden = false;
  const show = () => {
    const at = Number(slider.value);
    const [first] = [...scored.loops].sort((a, b) => b.periods[at].mean - a.periods[at].mean);
    const loop = map.data.loops.find((one) => one.id === first.id);
    if (loop) map.loop(loop, first.periods[at].mean);
    said.textContent = `${Math.floor(times[at] + 1e-6)}: ${first.title} (${Math.round(100 * first.periods[at].mean)}%)`;
  };
  slider.addEventListener("input", show);
  const play = document.querySelector("#loop-play");
  let playing = 0;
  play.addEventListener("click", () => {
    clearInterval(playing);
    if (play.getAttribute("aria-pressed") === "true") {
      play.setAttribute("aria-pressed", "false");
      return;
    }
    play.setAttribute("aria-pressed", "true");
    playing = setInterval(() => {
      slider.value = String((Number(slider.value) + 1) % times.length);
      show();
    }, map.still ? 1500 : 700);
  });
  show();
}

if (frame) begin();
