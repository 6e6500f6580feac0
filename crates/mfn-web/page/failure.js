// Says what failed, where it can be mended, and when to try again.

export class Failure {
  #box = document.getElementById("failure");
  #text = document.getElementById("failure-text");
  #detail = document.getElementById("failure-detail");
  #again = document.getElementById("again");
  #keyFault = document.getElementById("key-error");
  #parameters;
  #countdown;

  constructor(parameters) {
    this.#parameters = parameters;
  }

  clear() {
    clearInterval(this.#countdown);
    this.#box.hidden = true;
    this.#keyFault.textContent = "";
    document.getElementById("key").removeAttribute("aria-invalid");
  }

  // `step` is the last one whose frame came, if any did.
  show(error, step) {
    const others = this.#parameters.showViolations(error.violations ?? []);
    const known = error.code !== undefined;
    this.#text.textContent = known ? this.#sentence(error, others, step) : `The page has a fault: ${error.message}`;
    this.#detail.textContent = [error.reason ?? error.code, error.requestId && `request ${error.requestId}`]
      .filter(Boolean)
      .join(" · ");
    this.#box.hidden = false;
    this.#waitFor(error.retryAfterS ?? 0);
    if (error.code === "unauthenticated") {
      const missing = error.reason === "CREDENTIALS_MISSING";
      this.ofKey(missing ? "This server asks for a key." : sentence(error.message));
    }
  }

  // Says it at the key.
  ofKey(text) {
    const input = document.getElementById("key");
    document.getElementById("key-section").open = true;
    this.#keyFault.textContent = text;
    input.setAttribute("aria-invalid", "true");
    input.focus();
  }

  #sentence(error, others, step) {
    if ((error.violations ?? []).length > others.length) return "Change the marked parameters.";
    if (error.reason === "CREDENTIALS_MISSING") return "This server asks for a key: type it in below the parameters.";
    const until = step === undefined ? "" : ` What came until step ${step} can be looked at.`;
    return `${sentence(error.message)}${until}`;
  }

  // The server says when it is worth trying again.
  #waitFor(seconds) {
    const until = performance.now() + 1000 * seconds;
    const tell = () => {
      const left = Math.ceil((until - performance.now()) / 1000);
      this.#again.disabled = left > 0;
      this.#again.textContent = left > 0 ? `Run again in ${left} s` : "Run again";
      if (left <= 0) clearInterval(this.#countdown);
    };
    clearInterval(this.#countdown);
    this.#countdown = setInterval(tell, 200);
    tell();
  }
}

// The server's messages begin small and end without a full stop.
function sentence(message) {
  const text = message.charAt(0).toUpperCase() + message.slice(1);
  return /[.!?]$/.test(text) ? text : `${text}.`;
}
