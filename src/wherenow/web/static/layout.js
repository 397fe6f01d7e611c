// Layout of the causal map: boxes in layers by dagre, links bent around boxes, connected parts packed on shelves.
export const [BOX, SECTOR] = [{ width: 132, height: 46 }, { width: 164, height: 70 }];
const ASPECT = 1.5; // approximate aspect ratio of the frame

// One graph laid out in layers by dagre, from the top or from the left, in the one of `ways` that fits the frame better.
// Returns the places of boxes and the bends of links around them. `parents` names the group that a box belongs to.
export function layered(ids, pairs, { parents, box = BOX, ways = ["TB", "LR"] } = {}) {
  const laid = ways.map((rankdir) => {
    const graph = new dagre.graphlib.Graph({ compound: Boolean(parents) });
    graph.setGraph({ rankdir, ranksep: 46, nodesep: rankdir === "TB" ? 18 : 12, edgesep: 8 });
    graph.setDefaultEdgeLabel(() => ({}));
    for (const id of ids) graph.setNode(id, { ...box });
    for (const [id, parent] of parents ?? []) {
      graph.setNode(parent, {});
      graph.setParent(id, parent);
    }
    for (const [source, target] of pairs) if (source !== target) graph.setEdge(source, target);
    dagre.layout(graph);
    const { width, height } = graph.graph();
    return { width, height, graph };
  });
  const { width, height, graph } = laid.sort((a, b) => Math.max(a.width, ASPECT * a.height) - Math.max(b.width, ASPECT * b.height))[0];
  const bends = new Map(graph.edges().map((edge) => [`${edge.v}>${edge.w}`, around(graph, edge, box)]));
  return { width, height, places: new Map(ids.map((id) => [id, graph.node(id)])), bends };
}

// The bends of a link. It passes a layer of boxes in a straight line, so that it turns only between layers.
function around(graph, { v, w }, box) {
  const [axis, half] = graph.graph().rankdir === "LR" ? ["x", box.width / 2 + 4] : ["y", box.height / 2 + 4];
  const ahead = Math.sign(graph.node(w)[axis] - graph.node(v)[axis]) * half;
  const points = graph.edge(v, w).points.slice(1, -1).flatMap((point) => {
    const within = graph.nodes().some((id) => !graph.children?.(id)?.length && Math.abs(graph.node(id)[axis] - point[axis]) < 1);
    return within ? [-ahead, ahead].map((by) => ({ ...point, [axis]: point[axis] + by })) : [point];
  });
  return { axis, points };
}

// Packs parts on shelves, the tallest first, with about the aspect ratio of the frame.
export function packed(parts, gap) {
  const area = parts.reduce((sum, part) => sum + (part.width + gap) * (part.height + gap), 0);
  const most = Math.max(Math.sqrt(area * ASPECT), ...parts.map((part) => part.width));
  const all = { width: 0, height: 0, places: new Map(), bends: new Map() };
  let [x, y, shelf] = [0, 0, 0];
  for (const part of [...parts].sort((a, b) => b.height - a.height)) {
    if (x > 0 && x + part.width > most) [x, y, shelf] = [0, y + shelf + gap, 0];
    const moved = (at) => ({ x: at.x + x, y: at.y + y });
    for (const [id, at] of part.places) all.places.set(id, moved(at));
    for (const [id, { axis, points }] of part.bends) all.bends.set(id, { axis, points: points.map(moved) });
    x += part.width + gap;
    shelf = Math.max(shelf, part.height);
    all.width = Math.max(all.width, x - gap);
    all.height = Math.max(all.height, y + part.height);
  }
  return all;
}

// Lays out each connected part by itself, then the boxes without links.
export function grouped(ids, pairs, ways) {
  const root = new Map(ids.map((id) => [id, id]));
  const find = (id) => (root.get(id) === id ? id : find(root.get(id)));
  for (const [source, target] of pairs) root.set(find(source), find(target));
  const groups = Map.groupBy ? Map.groupBy(ids, find) : ids.reduce((found, id) => found.set(find(id), [...(found.get(find(id)) ?? []), id]), new Map());
  const alone = { places: new Map([["", { x: BOX.width / 2, y: BOX.height / 2 }]]), bends: new Map(), ...BOX };
  return packed([...groups.values()].map((own) => {
    if (own.length === 1) return { ...alone, places: new Map([[own[0], alone.places.get("")]]) };
    const known = new Set(own);
    return layered(own, pairs.filter((pair) => pair.every((id) => known.has(id))), { ways });
  }), 26);
}
