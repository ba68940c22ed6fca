// Keys pick a choice and send. Without this script the page works by pointer, Tab and arrows.
"use strict";

function groupFor(form) {
  const groups = [...form.querySelectorAll("fieldset")];
  const here = groups.find((group) => group.contains(document.activeElement));
  return here ?? groups.find((group) => !group.querySelector(":checked")) ?? groups.at(-1);
}

function pick(form, key) {
  const group = groupFor(form);
  const choice = [...group.querySelectorAll("[data-key]")].find((input) => input.dataset.key === key);
  if (!choice) return false;
  choice.checked = true;
  // The next response that has no answer takes the next key.
  const open = [...form.querySelectorAll("fieldset")].find((other) => !other.querySelector(":checked"));
  (open?.querySelector("input") ?? choice).focus();
  return true;
}

document.addEventListener("keydown", (event) => {
  const form = document.getElementById("rating");
  if (!form || event.ctrlKey || event.metaKey || event.altKey || event.repeat) return;
  if (event.target.closest("textarea, a, button, summary")) return;
  if (event.key === "Enter") {
    event.preventDefault();
    form.requestSubmit();
  } else if (pick(form, event.key.toLowerCase())) {
    event.preventDefault();
  }
});

// After a swap, readers and keys start at the top of the new task.
document.addEventListener("htmx:afterSettle", () => document.getElementById("main")?.focus({ preventScroll: true }));
