// What a person sees on the page and does to it.

import { openPage } from "./browser.js";

// Opens the page of a server with these parameters in its address. With `keepsFrames` it can
// be asked for the frames that were shown.
export async function openField(browser, server, parameters, { keepsFrames = false, ...options }) {
  const opened = await openPage(browser, options);
  await opened.page.addInitScript(() => {
    globalThis.pictureShown = () => {
      const lattice = document.getElementById("lattice");
      const { width, height } = lattice;
      const copy = new OffscreenCanvas(width, height).getContext("2d", { willReadFrequently: true });
      copy.drawImage(lattice, 0, 0);
      return copy.getImageData(0, 0, width, height).data.reduce((hash, byte) => (hash * 31 + byte) | 0, width);
    };
  });
  if (keepsFrames) await opened.page.addInitScript(keepFrames);
  await opened.page.goto(`${server.origin}/?${new URLSearchParams(parameters)}`);
  return { ...opened, field: new Field(opened.page) };
}

export class Field {
  constructor(page) {
    this.page = page;
  }

  control(id) {
    return this.page.locator(`#${id}`);
  }

  // The step that is shown; 0 where there is none.
  async step() {
    const text = await this.control("step").textContent();
    return Number(/^step (\d+)/.exec(text)?.[1] ?? 0);
  }

  // Waits until what a control says matches `pattern`.
  async says(id, pattern) {
    await this.page.waitForFunction(([id, pattern]) => pattern.test(document.getElementById(id).textContent), [id, pattern]);
  }

  async stepIs(step) {
    await this.says("step", new RegExp(`^step ${step} `));
  }

  // Waits until the run has ended and its features are there.
  async ended() {
    await this.says("status", /^The run has ended/);
  }

  async stopped() {
    await this.says("status", /^Stopped/);
  }

  // Waits until a field of so many cells a side is shown.
  async sizeIs(size) {
    await this.page.waitForFunction((size) => document.getElementById("lattice").width === size, size);
  }

  // Waits until there are frames beyond that of this index.
  async grownBeyond(index) {
    await this.page.waitForFunction((index) => Number(document.getElementById("timeline").max) > index, index);
  }

  // The first `count` frames that were shown: { step, status, playing, at, picture }, with the
  // time in ms, and a number that is another one for another picture. Only the first have it.
  async frames(count) {
    await this.page.waitForFunction((count) => framesShown.length >= count, count);
    return this.page.evaluate((count) => framesShown.slice(0, count), count);
  }

  // Has the page keep what a control says from now on: it may be gone when a test looks.
  watch(id) {
    return this.page.evaluate((id) => {
      const control = document.getElementById(id);
      const texts = ((globalThis.textsSaid ??= {})[id] = []);
      new MutationObserver(() => texts.push(control.textContent)).observe(control, { childList: true });
    }, id);
  }

  // Waits until a control that is watched has said what begins with `text`.
  async said(id, text) {
    await this.page.waitForFunction(([id, text]) => textsSaid[id].some((said) => said.startsWith(text)), [id, text]);
  }

  async failed() {
    await this.control("failure").waitFor();
    return this.control("failure-text").textContent();
  }

  // A number that is another one when another picture is shown.
  picture() {
    return this.page.evaluate(() => pictureShown());
  }

  // The bytes of the file that a control has the browser keep, and its name.
  async download(id) {
    const [download] = await Promise.all([this.page.waitForEvent("download"), this.control(id).click()]);
    const stream = await download.createReadStream();
    const chunks = [];
    for await (const chunk of stream) chunks.push(chunk);
    return { name: download.suggestedFilename(), bytes: Buffer.concat(chunks) };
  }

  isPlaying() {
    return this.page.evaluate(() => document.body.classList.contains("playing"));
  }
}

// Runs in the page, before its scripts: keeps what is shown with each step.
function keepFrames() {
  const PICTURES = 5;
  globalThis.framesShown = [];
  const look = () => {
    const step = Number(/^step (\d+)/.exec(document.getElementById("step")?.textContent)?.[1] ?? 0);
    if (step === (framesShown.at(-1)?.step ?? 0)) return;
    framesShown.push({
      step,
      status: document.getElementById("status").textContent,
      playing: document.body.classList.contains("playing"),
      at: performance.now(),
      picture: framesShown.length < PICTURES ? pictureShown() : undefined,
    });
  };
  new MutationObserver(look).observe(document, { subtree: true, childList: true, characterData: true });
}
