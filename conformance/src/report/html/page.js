"use strict";
// What a reader can do without: filters, the second view, the theme, copying.
(() => {
  const root = document.documentElement;
  const all = (selector, within = document) => [...within.querySelectorAll(selector)];
  const chosen = (name) => all(`input[name=${name}]:checked`).map((input) => input.value);
  const search = document.getElementById("search");
  const views = { profile: document.getElementById("by-profile"), requirement: document.getElementById("by-requirement") };
  const fold = document.getElementById("fold");

  function filter() {
    const [verdicts, levels, [view]] = [chosen("verdict"), chosen("level"), chosen("view")];
    const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
    for (const test of all(".test")) {
      const { verdict, level, text } = test.dataset;
      test.hidden = (verdicts.length > 0 && !verdicts.includes(verdict))
        || (levels.length > 0 && !levels.includes(level))
        || !words.every((word) => text.includes(word));
    }
    for (const group of all(".group")) {
      group.hidden = !group.querySelector(".test:not([hidden])");
    }
    for (const [name, element] of Object.entries(views)) {
      element.hidden = name !== view;
    }
    fold.hidden = view !== "profile";
    document.getElementById("none").hidden = Boolean(views[view].querySelector(".test:not([hidden])"));
  }

  function showAll() {
    for (const input of all("input[name=verdict], input[name=level]")) input.checked = false;
    search.value = "";
  }

  // A link leads to what it names, whatever the filters have hidden.
  function follow() {
    const target = location.hash && document.getElementById(location.hash.slice(1));
    if (!target || !views.profile.contains(target)) return;
    document.querySelector("input[name=view][value=profile]").checked = true;
    filter();
    if (target.hidden) { showAll(); filter(); }
    if (target.matches("details")) target.open = true;
    target.scrollIntoView();
  }

  function isDark() {
    const theme = root.dataset.theme;
    return theme ? theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
  }

  const theme = document.getElementById("theme");
  const nameTheme = () => { theme.textContent = isDark() ? "Light" : "Dark"; };
  theme.addEventListener("click", () => { root.dataset.theme = isDark() ? "light" : "dark"; nameTheme(); });

  fold.addEventListener("click", () => {
    const open = fold.textContent === "Open all";
    for (const test of all("details.test:not([hidden])")) test.open = open;
    fold.textContent = open ? "Close all" : "Open all";
  });

  for (const button of all(".copy")) {
    const code = button.closest("figure").querySelector("code");
    button.addEventListener("click", async () => {
      try {
        await navigator.clipboard.writeText(code.textContent);
        button.textContent = "Copied";
      } catch {
        getSelection().selectAllChildren(code);
        button.textContent = "Selected";
      }
    });
  }

  document.addEventListener("keydown", (event) => {
    if (event.key === "/" && !event.target.matches("input[type=search]")) {
      event.preventDefault();
      search.focus();
    }
  });

  document.addEventListener("input", filter);
  addEventListener("hashchange", follow);
  root.classList.add("js");
  nameTheme();
  filter();
  follow();
})();
