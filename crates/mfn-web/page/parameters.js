// The parameters of a run: as they are typed, in the page's address, and checked as
// far as their type goes. Whether they are in their range, the server says.

const INTEGERS = ["seed", "grid_size", "steps", "stream_interval"];
const NUMBERS = ["alpha", "spike_probability"];
const FLAGS = ["turing_enabled"];
const TYPED = [...INTEGERS, ...NUMBERS];
const ALL = [...TYPED, ...FLAGS];
const INT32 = { least: -(2 ** 31), most: 2 ** 31 - 1 };

// What the page starts with, and others to try.
export const EXAMPLES = {
  growth: { seed: 42, grid_size: 128, steps: 900, stream_interval: 3, alpha: 0.18, spike_probability: 1 },
  diffusion: { seed: 7, grid_size: 256, steps: 400, stream_interval: 1, alpha: 0.2, spike_probability: 0 },
  defaults: {},
};

export class Parameters {
  #form;

  constructor(form) {
    this.#form = form;
    for (const name of ALL) this.#input(name).addEventListener("input", () => this.#fault(name, ""));
  }

  // The values by their names on the wire, without those that are left out; null,
  // with a word at each field, if one of them is not of its type.
  read() {
    this.clearFaults();
    const values = {};
    let sound = true;
    for (const name of TYPED) {
      const text = this.#input(name).value.trim().replace("\u2212", "-");
      if (text === "") continue;
      const value = Number(text);
      const fault = INTEGERS.includes(name) ? faultOfInteger(text, value) : faultOfNumber(value);
      if (fault) {
        this.#fault(name, fault);
        sound = false;
      }
      values[name] = value;
    }
    for (const name of FLAGS) if (this.#input(name).checked) values[name] = true;
    if (!sound) this.#focusFault();
    return sound ? values : null;
  }

  write(values) {
    this.clearFaults();
    for (const name of TYPED) this.#input(name).value = values[name] ?? "";
    for (const name of FLAGS) this.#input(name).checked = values[name] === true || values[name] === "true";
  }

  // Says at the fields what the server said of them; returns what belongs to none.
  showViolations(violations) {
    const others = violations.filter(({ field }) => !ALL.includes(field));
    for (const { field, description } of violations) {
      if (ALL.includes(field)) this.#fault(field, inWords(description));
    }
    if (others.length < violations.length) this.#focusFault();
    return others;
  }

  clearFaults() {
    for (const name of ALL) this.#fault(name, "");
  }

  // The values as text, for the page's address.
  toQuery() {
    const query = new URLSearchParams();
    for (const name of TYPED) {
      const text = this.#input(name).value.trim();
      if (text !== "") query.set(name, text);
    }
    for (const name of FLAGS) if (this.#input(name).checked) query.set(name, "true");
    return query;
  }

  // Takes the values of an address; false if there are none.
  fromQuery(query) {
    if (!ALL.some((name) => query.has(name))) return false;
    this.write(Object.fromEntries(ALL.map((name) => [name, query.get(name) ?? ""])));
    return true;
  }

  #input(name) {
    return this.#form.elements[name];
  }

  #fault(name, text) {
    const input = this.#input(name);
    document.getElementById(`${name}-error`).textContent = text;
    if (text) input.setAttribute("aria-invalid", "true");
    else input.removeAttribute("aria-invalid");
  }

  #focusFault() {
    this.#form.querySelector("[aria-invalid]")?.focus();
  }
}

// Ranges as the page writes them: 4..=1024 and [0.05, 0.25) are the server's.
function inWords(description) {
  return description.replace("..=", " to ").replace(/\[([^,]+), ([^)]+)\)/, "$1 to below $2");
}

function faultOfInteger(text, value) {
  if (!/^[+-]?\d+$/.test(text)) return "is not a whole number";
  const fits = value >= INT32.least && value <= INT32.most;
  return fits ? undefined : "has more than 32 bits";
}

function faultOfNumber(value) {
  return Number.isFinite(value) ? undefined : "is not a number";
}
