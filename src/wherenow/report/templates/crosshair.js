// A crosshair on the charts of findings: shows the values of the curves at the time under the pointer, read off the drawing.
const READ = new WeakMap();

function numbersOf(text) {
  return (text.match(/-?\d+(?:\.\d+)?/g) ?? []).map(Number);
}

function pointsOf(path) {
  const flat = numbersOf(path?.getAttribute("d") ?? "");
  const points = [];
  for (let i = 0; i + 1 < flat.length; i += 2) points.push([flat[i], flat[i + 1]]);
  return points;
}

function read(svg) {
  const drawn = svg.querySelector("path.median")?.getAttribute("d") ?? "";
  const kept = READ.get(svg);
  if (kept?.drawn === drawn) return kept;
  const samples = [];
  const boxes = [...svg.querySelectorAll("rect.band90")];
  if (boxes.length) {
    const middles = [...drawn.matchAll(/M(-?[\d.]+) (-?[\d.]+)H(-?[\d.]+)/g)];
    boxes.forEach((box, i) => {
      const [x, y, width, height] = ["x", "y", "width", "height"].map((name) => Number(box.getAttribute(name)));
      samples.push({ x: x + width / 2, middle: Number(middles[i]?.[2]), low: y + height, high: y });
    });
  } else {
    const band = pointsOf(svg.querySelector("path.band90"));
    const median = pointsOf(svg.querySelector("path.median"));
    const half = band.length / 2;
    median.forEach(([x, middle], i) => {
      samples.push({ x, middle, low: band[i]?.[1] ?? middle, high: band[2 * half - 1 - i]?.[1] ?? middle });
    });
  }
  const found = { drawn, samples, x: numbersOf(svg.dataset.x), y: numbersOf(svg.dataset.y) };
  READ.set(svg, found);
  return found;
}

function said(value) {
  const size = Math.abs(value);
  const text = value.toLocaleString(document.documentElement.lang || "en", {
    maximumSignificantDigits: 3, notation: size >= 1e6 ? "compact" : "standard", compactDisplay: "long",
  });
  return text.replace("-", "\u2212");
}

function when(time, unit, period) {
  if (!/^years?$/.test(unit)) return `${unit} ${said(time)}`;
  if (period >= 1) return String(Math.floor(time + 1e-6));
  const date = new Date(Date.UTC(Math.floor(time + 1e-4), Math.floor((((time + 1e-4) % 1) + 1) % 1 * 12), 1));
  return date.toLocaleDateString(document.documentElement.lang || "en", { month: "long", year: "numeric", timeZone: "UTC" });
}

function line(svg) {
  let rule = svg.querySelector("line.crosshair");
  if (!rule) {
    rule = document.createElementNS(svg.namespaceURI, "line");
    rule.setAttribute("class", "crosshair");
    svg.append(rule);
  }
  return rule;
}

function hide() {
  document.querySelectorAll("line.crosshair").forEach((rule) => rule.remove());
  document.querySelectorAll(".readout").forEach((box) => box.remove());
}

function show(svg, event) {
  const { samples, x, y } = read(svg);
  if (!samples.length) return;
  const bounds = svg.getBoundingClientRect();
  const scale = svg.viewBox.baseVal.width / bounds.width;
  const place = (event.clientX - bounds.left) * scale;
  const near = samples.reduce((best, one) => (Math.abs(one.x - place) < Math.abs(best.x - place) ? one : best));
  const value = (pixel) => y[0] + ((pixel - y[2]) / (y[3] - y[2])) * (y[1] - y[0]);
  const time = x[0] + ((near.x - x[2]) / (x[3] - x[2])) * (x[1] - x[0]);
  hide();
  const rule = line(svg);
  for (const [name, at] of [["x1", near.x], ["x2", near.x], ["y1", y[3]], ["y2", y[2]]]) rule.setAttribute(name, at);
  const box = document.createElement("div");
  box.className = "readout";
  box.setAttribute("aria-hidden", "true");
  const strong = document.createElement("strong");
  strong.textContent = `${said(value(near.middle))} ${svg.dataset.unit}`.trim();
  box.append(when(time, svg.dataset.time, Number(svg.dataset.period)), document.createElement("br"), strong,
    ` (${said(value(near.low))} – ${said(value(near.high))})`);
  svg.parentElement.append(box);
  const left = near.x / scale;
  const width = box.getBoundingClientRect().width;
  box.style.left = `${Math.max(0, Math.min(left + 10 + width > bounds.width ? left - width - 10 : left + 10, bounds.width - width))}px`;
}

document.addEventListener("pointermove", (event) => {
  const svg = event.target.closest?.("svg.outcome");
  if (svg) show(svg, event);
  else hide();
});
document.addEventListener("pointerdown", (event) => {
  const svg = event.target.closest?.("svg.outcome");
  if (svg) show(svg, event);
});
