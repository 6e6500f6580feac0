// Keys for the whole page, where no control takes them itself.

export function listenToKeys({ player, run, anotherSeed, last }) {
  const actions = {
    " ": () => player.toggle(),
    ArrowLeft: () => player.step(-1),
    ArrowRight: () => player.step(1),
    Home: () => player.seek(0),
    End: last,
    r: run,
    n: anotherSeed,
  };
  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
    const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
    if (!(key in actions) || isTaken(event.target, key)) return;
    event.preventDefault();
    actions[key]();
  });
}

// A text takes all keys, a list and a timeline those that move in them, a button space.
function isTaken(target, key) {
  if (target.matches("input:not([type=range]):not([type=checkbox]), textarea")) return true;
  if (target.matches("select, input[type=range]")) return key !== " " || target.matches("select");
  if (target.matches("button, summary, a, input[type=checkbox]")) return key === " ";
  return target.matches("pre, [role=tab]") && key !== "r" && key !== "n";
}
