// Sliders and a drawing in a notebook cell; Python runs the ensemble and returns the drawing.
function element(tag, properties = {}, children = []) {
  const made = Object.assign(document.createElement(tag), properties);
  made.append(...children);
  return made;
}

function render({ model, el }) {
  el.classList.add("wherenow");
  const title = element("h3");
  const drawing = element("div");
  const table = element("table", { className: "forecasts" });
  const show = () => {
    title.textContent = model.get("title");
    drawing.innerHTML = model.get("drawing");
    table.replaceChildren(...model.get("rows").map((row) => element("tr", {}, [
      element("th", { scope: "row", textContent: row.says }),
      element("td", { className: "number", textContent: row.base === row.p ? row.p : `${row.base} → ${row.p}` }),
      element("td", { textContent: row.words }),
    ])));
  };
  const send = (name, value) => {
    model.set(name, value);
    model.save_changes();
  };
  const chosen = element("select", { ariaLabel: "Scenario" }, [
    element("option", { value: "", textContent: "Baseline" }),
    ...model.get("scenarios").map((s) => element("option", { value: s.id, textContent: s.title })),
  ]);
  chosen.value = model.get("scenario");
  chosen.addEventListener("change", () => send("scenario", chosen.value));
  const sliders = model.get("levers").map((lever) => {
    const output = element("output");
    const input = element("input", { type: "range", min: lever.low, max: lever.high, step: lever.step });
    const tell = () => { output.textContent = `${Number((Number(input.value) * lever.times).toPrecision(3))} ${lever.unit}`.trim(); };
    const read = () => {
      input.value = model.get("values")[lever.name] ?? lever.rest;
      tell();
    };
    input.addEventListener("input", () => {
      const values = { ...model.get("values"), [lever.name]: Number(input.value) };
      if (values[lever.name] === lever.rest) delete values[lever.name];
      tell();
      send("values", values);
    });
    model.on("change:values", read);
    read();
    return element("label", { className: "lever", title: lever.about }, [
      element("span", { textContent: lever.label }), output, input,
    ]);
  });
  model.on("change:drawing", show);
  model.on("change:rows", show);
  model.on("change:scenario", () => { chosen.value = model.get("scenario"); });
  show();
  el.append(
    element("div", { className: "shown" }, [title, drawing, table]),
    element("div", { className: "levers" }, [chosen, ...sliders]),
  );
}

export default { render };
