"use strict";
(() => {
  const data = JSON.parse(document.getElementById("data").textContent);
  const byId = (id) => document.getElementById(id);
  const css = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  const colour = (at) => css(`--s${at % 6}`);
  const DASHES = ["solid", "dash", "dot", "dashdot", "longdash", "longdashdot"];
  const MARKS = ["circle", "square", "diamond", "cross", "x", "triangle-up"];

  // -- drawings -----------------------------------------------------------------------------------------------------
  const fill = (select, options) => {
    select.replaceChildren(...options.map(([value, text]) => {
      const option = document.createElement("option");
      option.value = value;
      option.textContent = text;
      return option;
    }));
  };
  const put = (holder, traces, layout) => {
    holder.hidden = false;
    const still = holder.parentElement.querySelector("svg.static");
    if (still) still.setAttribute("hidden", "");
    const base = { paper_bgcolor: "transparent", plot_bgcolor: "transparent", showlegend: false,
      font: { color: css("--ink"), size: 12, family: "system-ui, sans-serif" }, margin: { l: 52, r: 20, t: 16, b: 44 } };
    const config = { responsive: true, displayModeBar: false };
    // What people call their systems is text, and Plotly reads some tags in text.
    Plotly.react(holder, traces, { ...base, ...layout }, config);
  };
  const plain = (text) => text.replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;");
  const axis = (more) => ({ gridcolor: css("--line"), zerolinecolor: css("--line"), linecolor: css("--line"), ...more });

  const radar = () => {
    if (!byId("radar")) return;
    const narrow = byId("radar").parentElement.clientWidth < 420;
    const names = data.metrics.map((metric) => plain(narrow && metric.short.length > 13 ? `${metric.short.slice(0, 12)}…` : metric.short));
    const traces = data.systems.map((system, at) => {
      const values = data.metrics.map((metric) => metric.means[at][0]);
      return { type: "scatterpolar", name: plain(system), r: [...values, values[0]], theta: [...names, names[0]],
        mode: "lines+markers", line: { color: colour(at), dash: DASHES[at % 6] }, marker: { color: colour(at), symbol: MARKS[at % 6] },
        fill: "toself", fillcolor: "transparent", hovertemplate: `${plain(system)}<br>%{theta}: %{r:.3f}<extra></extra>` };
    });
    const grid = { gridcolor: css("--line"), linecolor: css("--line") };
    put(byId("radar"), traces, { margin: { l: 92, r: 92, t: 40, b: 40 }, polar: { bgcolor: "transparent",
      radialaxis: { range: [0, 1], ...grid, tickfont: { color: css("--soft") } }, angularaxis: { ...grid, direction: "clockwise", rotation: 90 } } });
  };
  const histograms = () => {
    for (const holder of document.querySelectorAll(".histogram")) {
      const metric = data.metrics[Number(holder.dataset.metric)];
      const parts = metric.shares[0].map((_, at) => (at + 0.5) / metric.shares[0].length);
      const traces = data.systems.map((system, at) => ({ type: "bar", name: plain(system), x: parts, y: metric.shares[at],
        marker: { color: colour(at) }, hovertemplate: `${plain(system)}: %{y:.1%} of items about %{x:.2f}<extra></extra>` }));
      put(holder, traces, { barmode: "group", height: 220, margin: { l: 44, r: 8, t: 6, b: 34 },
        xaxis: axis({ range: [0, 1], title: { text: "score" } }), yaxis: axis({ tickformat: ".0%", rangemode: "tozero" }) });
    }
  };
  const KINDS = [["energy", "J of 1,000 responses"], ["carbon", "gCO2e of 1,000 responses"], ["usd", "USD of 1,000 responses"]];
  const cost = () => {
    const kind = byId("cost-of").value;
    const metric = data.metrics[Number(byId("cost-metric").value)];
    const points = data.systems.map((system, at) => ({ system, at, x: data.footings[at][kind], y: metric.means[at] }))
      .filter((one) => one.x !== null && one.y[0] !== null);
    const sizes = points.map((one) => one.x[0]);
    const [least, most] = [Math.min(...sizes), Math.max(...sizes)];
    const wide = least > 0 && most / least >= 15;
    const narrow = byId("cost").parentElement.clientWidth < 600;
    const label = (name) => (narrow && name.length > 18 ? `${name.slice(0, 9)}…${name.slice(-8)}` : name);
    // A long name on the right half stands left of its point, where it is not cut.
    const side = (x) => (wide ? x * x > least * most : 2 * x > most) ? "top left" : "top right";
    const traces = points.map(({ system, at, x, y }) => ({ type: "scatter", mode: "markers+text", name: plain(system), text: [plain(label(system))], textposition: side(x[0]), cliponaxis: false,
        x: [x[0]], y: [y[0]], marker: { color: colour(at), symbol: MARKS[at % 6], size: 12 },
        error_x: { type: "data", symmetric: false, array: [x[2] - x[0]], arrayminus: [x[0] - x[1]], color: colour(at), thickness: 1 },
        error_y: { type: "data", symmetric: false, array: [y[2] - y[0]], arrayminus: [y[0] - y[1]], color: colour(at), thickness: 1 } }));
    const origins = [...new Set(data.footings.map((one) => one.origins[kind]).filter(Boolean))];
    const title = KINDS.find(([name]) => name === kind)[1] + (origins.length ? ` (${origins.join(", ")})` : "");
    put(byId("cost"), traces, { margin: { l: 60, r: 40, t: 20, b: 48 }, xaxis: axis({ title: { text: title }, rangemode: "tozero", type: wide ? "log" : "linear" }), yaxis: axis({ title: { text: plain(metric.title) } }) });
  };
  const draw = () => {
    radar();
    histograms();
    const known = KINDS.filter(([name]) => data.footings.some((one) => one[name] !== null));
    if (known.length === 0) return;
    if (byId("cost-controls").hidden) {
      fill(byId("cost-of"), known);
      fill(byId("cost-metric"), data.metrics.map((metric, at) => [at, metric.title]));
      byId("cost-controls").hidden = false;
      byId("cost-controls").addEventListener("change", cost);
    }
    cost();
  };
  if (window.Plotly) {
    draw();
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", draw);
  }

  // -- items --------------------------------------------------------------------------------------------------------
  const PAGE = 20;
  let found = [];
  let drawn = 0;
  const node = (tag, text, kind) => {
    const made = document.createElement(tag);
    if (text !== undefined) made.textContent = text;
    if (kind) made.className = kind;
    return made;
  };
  const figure = (score) => (score === null ? "not applicable" : score.toFixed(3));
  const chosen = () => ({ metric: Number(byId("f-metric").value), first: Number(byId("f-first").value), second: Number(byId("f-second").value) });
  const gain = (item) => {
    const { metric, first, second } = chosen();
    const [a, b] = [item.scores[first][metric], item.scores[second][metric]];
    return a === null || b === null ? null : b - a;
  };
  const SHOWS = {
    all: ["all, in the seeded order", () => true],
    wins: ["wins, largest first", (item) => gain(item) > 0],
    losses: ["losses, largest first", (item) => gain(item) !== null && gain(item) < 0],
    ties: ["ties", (item) => gain(item) === 0],
    errors: ["errors", (item) => item.errors.some((error) => error !== null)],
  };
  const text = (whole) => {
    const made = node("div");
    made.append(node("pre", whole, "cut"));
    return made;
  };
  // Only what stands on the page has a height.
  const offerAll = () => {
    for (const cut of document.querySelectorAll("pre.cut:not([data-seen])")) {
      cut.dataset.seen = "";
      if (cut.scrollHeight <= cut.clientHeight + 2) {
        cut.classList.remove("cut");
        continue;
      }
      const button = node("button", "Show all", "quiet");
      button.type = "button";
      button.addEventListener("click", () => {
        button.textContent = cut.classList.toggle("cut") ? "Show all" : "Show less";
      });
      cut.after(button);
    }
  };
  const card = (item) => {
    const { metric, first, second } = chosen();
    const difference = gain(item);
    const made = node("article", undefined, "item");
    const head = node("p", undefined, "head");
    head.append(node("b", item.id));
    if (item.category !== null) head.append(node("span", item.category));
    if (difference !== null) head.append(node("span", `difference ${difference >= 0 ? "+" : "−"}${Math.abs(difference).toFixed(3)}`));
    made.append(head, text(item.input));
    if (item.references.length) made.append(node("p", `reference: ${item.references.join(" | ")}`, "dim small"));
    const answers = node("div", undefined, "answers");
    const order = [first, second, ...data.systems.keys()].filter((at, place, all) => all.indexOf(at) === place);
    for (const at of order) {
      const better = at === second && difference > 0 || at === first && difference < 0;
      const worse = at === second && difference < 0 || at === first && difference > 0;
      const answer = node("div", undefined, better ? "better" : worse ? "worse" : "");
      const passages = item.passages[at] ? `, ${item.passages[at]} passages` : "";
      answer.append(node("h3", `${data.systems[at]}: ${figure(item.scores[at][metric])}${passages}`));
      if (item.errors[at] !== null) answer.append(node("p", `error: ${item.errors[at]}`, "error"));
      if (item.failed[at][metric]) answer.append(node("p", `no verdict: ${item.failed[at][metric]}`, "error"));
      answer.append(text(item.texts[at]));
      answers.append(answer);
    }
    made.append(answers);
    return made;
  };
  const more = () => {
    byId("items").append(...found.slice(drawn, drawn + PAGE).map(card));
    offerAll();
    drawn = Math.min(found.length, drawn + PAGE);
    byId("more").hidden = drawn >= found.length;
    byId("count").textContent = `${found.length.toLocaleString("en")} items, ${drawn.toLocaleString("en")} shown`;
  };
  const filter = () => {
    const words = byId("f-text").value.toLowerCase();
    const category = byId("f-category").value;
    const show = byId("f-show").value;
    const holds = (item) => [item.id, item.input, ...item.references, ...item.texts].some((text) => text.toLowerCase().includes(words));
    found = data.items.filter((item) => (category === "" || item.category === category.slice(1)) && SHOWS[show][1](item) && (words === "" || holds(item)));
    if (show === "wins") found.sort((a, b) => gain(b) - gain(a));
    if (show === "losses") found.sort((a, b) => gain(a) - gain(b));
    byId("items").replaceChildren();
    drawn = 0;
    more();
  };
  const categories = [...new Set(data.items.map((item) => item.category).filter((one) => one !== null))].sort();
  const systems = data.systems.map((system, at) => [at, system]);
  fill(byId("f-category"), [["", "all"], ...categories.map((one) => [`=${one}`, one])]);
  fill(byId("f-metric"), data.metrics.map((metric, at) => [at, metric.title]));
  fill(byId("f-first"), systems);
  fill(byId("f-second"), systems);
  byId("f-second").value = "1";
  fill(byId("f-show"), Object.entries(SHOWS).map(([name, [text]]) => [name, text]));
  byId("filter").hidden = false;
  byId("filter").addEventListener("input", filter);
  byId("filter").addEventListener("submit", (event) => event.preventDefault());
  byId("more").addEventListener("click", more);
  filter();
})();
