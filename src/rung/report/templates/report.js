
(() => {
  "use strict";
  const root = document.documentElement;

  // Theme: follows the system until the button is pressed.
  const theme = document.getElementById("theme");
  const systemDark = matchMedia("(prefers-color-scheme: dark)");
  const isDark = () => (root.dataset.theme || (systemDark.matches ? "dark" : "light")) === "dark";
  const nameTheme = () => { theme.textContent = isDark() ? "Light" : "Dark"; theme.setAttribute("aria-label", `Switch to the ${isDark() ? "light" : "dark"} theme`); };
  theme.addEventListener("click", () => { root.dataset.theme = isDark() ? "light" : "dark"; nameTheme(); });
  systemDark.addEventListener("change", nameTheme);
  nameTheme();

  // Objective: which of the prepared figures and columns are shown.
  const choices = document.querySelectorAll("button[data-objective]");
  for (const choice of choices) {
    choice.addEventListener("click", () => {
      root.dataset.objective = choice.dataset.objective;
      for (const other of choices) other.setAttribute("aria-pressed", String(other === choice));
      for (const word of document.querySelectorAll(".shown-objective")) word.textContent = choice.dataset.objective;
    });
  }

  // Sorting: unknown goes last in both directions.
  const keyOf = (cell) => {
    const objective = root.dataset.objective[0].toUpperCase() + root.dataset.objective.slice(1);
    return cell.dataset["sort" + objective] ?? cell.dataset.sort ?? cell.textContent;
  };
  const compare = (a, b, sign) => {
    if (a === "" || b === "") return (a === "") - (b === "");
    const numeric = !isNaN(a) && !isNaN(b);
    return sign * (numeric ? a - b : a.localeCompare(b));
  };
  for (const table of document.querySelectorAll("table.sortable")) {
    const heads = [...table.tHead.rows[0].cells];
    heads.forEach((head, column) => head.querySelector("button")?.addEventListener("click", () => {
      const up = head.getAttribute("aria-sort") !== "ascending";
      heads.forEach((other) => other.removeAttribute("aria-sort"));
      head.setAttribute("aria-sort", up ? "ascending" : "descending");
      const rows = [...table.tBodies[0].rows];
      rows.sort((a, b) => compare(keyOf(a.cells[column]), keyOf(b.cells[column]), up ? 1 : -1));
      table.tBodies[0].append(...rows);
    }));
  }

  // Cards: what stands behind a mark, on hover, focus and touch.
  const card = document.getElementById("card");
  const show = (mark, x, y) => {
    card.replaceChildren(document.getElementById("card-" + mark.dataset.card).content.cloneNode(true));
    card.hidden = false;
    const box = card.getBoundingClientRect();
    const left = x + 18 + box.width > innerWidth - 8 ? x - 18 - box.width : x + 18;
    card.style.left = `${Math.max(8, left)}px`;
    card.style.top = `${Math.max(8, Math.min(y + 14, innerHeight - box.height - 8))}px`;
  };
  const hide = () => { card.hidden = true; };
  for (const mark of document.querySelectorAll("[data-card]")) {
    mark.addEventListener("pointermove", (event) => show(mark, event.clientX, event.clientY));
    mark.addEventListener("pointerleave", hide);
    mark.addEventListener("focus", () => { const box = mark.getBoundingClientRect(); show(mark, box.right, box.top); });
    mark.addEventListener("blur", hide);
  }
  addEventListener("keydown", (event) => { if (event.key === "Escape") hide(); });
  addEventListener("scroll", hide, { passive: true });
})();
