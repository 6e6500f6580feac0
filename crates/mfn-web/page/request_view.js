// The shown request for other clients, in tabs, to copy.

import { snippets } from "./snippets.js";

const TABS = ["grpcurl", "curl", "python", "rust"];

export class RequestView {
  #texts = {};
  #tab = TABS[0];
  // The time after which buttons no longer say that they have copied.
  #told;
  #snippet = document.getElementById("snippet");

  constructor() {
    TABS.forEach((tab, k) => {
      const button = tabOf(tab);
      button.addEventListener("click", () => this.#choose(tab));
      button.addEventListener("keydown", (event) => {
        const by = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
        if (by === undefined) return;
        event.preventDefault();
        const next = TABS[(k + by + TABS.length) % TABS.length];
        this.#choose(next);
        tabOf(next).focus();
      });
    });
    const copy = document.getElementById("copy-snippet");
    copy.addEventListener("click", () => this.copy(copy, this.#snippet.textContent));
  }

  show(values, signed) {
    this.#texts = snippets(values, new URL(location.href), signed);
    this.#choose(this.#tab);
  }

  // Copies, and says so on the button.
  async copy(button, text) {
    button.dataset.label ??= button.textContent;
    button.textContent = (await copied(text)) ? "Copied" : "Cannot copy";
    clearTimeout(this.#told);
    this.#told = setTimeout(() => {
      for (const told of document.querySelectorAll("[data-label]")) told.textContent = told.dataset.label;
    }, 1500);
  }

  #choose(tab) {
    this.#tab = tab;
    for (const other of TABS) {
      tabOf(other).setAttribute("aria-selected", String(other === tab));
      tabOf(other).tabIndex = other === tab ? 0 : -1;
    }
    this.#snippet.setAttribute("aria-labelledby", `tab-${tab}`);
    this.#snippet.textContent = this.#texts[tab] ?? "";
  }
}

// Browsers have a clipboard for pages only that came by HTTPS or from localhost.
async function copied(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return false;
  }
}

function tabOf(name) {
  return document.getElementById(`tab-${name}`);
}
