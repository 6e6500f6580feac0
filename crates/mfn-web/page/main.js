// The page: puts its parts together, and starts the first run.

import { Display } from "./display.js";
import { Failure } from "./failure.js";
import { Features } from "./features.js";
import { listenToKeys } from "./keyboard.js";
import { EXAMPLES, Parameters } from "./parameters.js";
import { Player } from "./player.js";
import { Recording } from "./recording.js";
import { RequestView } from "./request_view.js";
import { simulate } from "./run.js";
import { asksForKey, obstacle } from "./signing.js";

const element = (id) => document.getElementById(id);
const parameters = new Parameters(element("parameters"));
const failure = new Failure(parameters);
const features = new Features(element("features"));
const requestView = new RequestView();
const player = new Player((index) => display.show(index));
const display = new Display(player, keepAddress);
// The run that is under way: { abort, recording }.
let running = null;
let needsKey = false;

async function run() {
  failure.clear();
  const values = parameters.read();
  const key = element("key").value.trim();
  const fault = obstacle(key) ?? (needsKey && key === "" ? "This server asks for a key." : undefined);
  if (fault) failure.ofKey(fault);
  if (values === null || fault) return;
  stop();
  keepAddress();
  requestView.show(values, key !== "");

  const own = (running = { abort: new AbortController(), recording: new Recording() });
  const { recording, abort: { signal } } = own;
  display.waits();
  showRunning(true);
  try {
    await simulate(values, key, signal, (frame) => {
      recording.push(frame);
      if (recording.frames.length === 1) begin(recording, values);
      display.grown();
    });
    recording.end("complete");
    player.ended();
    display.finished();
    await features.show(recording.last, values, key, signal);
  } catch (error) {
    recording.end("broken");
    if (!signal.aborted) failure.show(error, recording.last?.step);
  } finally {
    // A run that another has replaced has nothing to say of the page.
    if (running === own) {
      running = null;
      player.ended();
      display.ended();
      features.ended();
      showRunning(false);
    }
  }
}

function begin(recording, values) {
  features.clear();
  display.begin(recording, values);
  // Who asked for less motion sees the end, and plays the rest if they like.
  player.start(recording, !matchMedia("(prefers-reduced-motion: reduce)").matches);
}

function stop() {
  running?.recording.end("stopped");
  running?.abort.abort();
}

function showRunning(yes) {
  element("stop").disabled = !yes;
  document.body.classList.toggle("running", yes);
}

// The address is at any time a link to what is shown.
function keepAddress() {
  const query = parameters.toQuery();
  for (const [name, value] of display.toQuery()) query.set(name, value);
  history.replaceState(null, "", query.size > 0 ? `?${query}` : location.pathname);
}

function anotherSeed() {
  element("seed").value = crypto.getRandomValues(new Uint32Array(1))[0] % 100_000;
  run();
}

element("parameters").addEventListener("submit", (event) => {
  event.preventDefault();
  run();
});
element("stop").addEventListener("click", stop);
element("again").addEventListener("click", run);
element("another-seed").addEventListener("click", anotherSeed);
for (const button of document.querySelectorAll("[data-example]")) {
  button.addEventListener("click", () => {
    parameters.write(EXAMPLES[button.dataset.example]);
    run();
  });
}
element("copy-link").addEventListener("click", () => requestView.copy(element("copy-link"), location.href));
listenToKeys({ player, run, anotherSeed, last: () => player.seek(Infinity) });

const query = new URLSearchParams(location.search);
if (!parameters.fromQuery(query)) parameters.write(EXAMPLES.growth);
display.fromQuery(query);
needsKey = await asksForKey();
run();
