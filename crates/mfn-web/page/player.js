// Which frame of a recording is shown, and when the next one is.

export class Player {
  index = -1;
  playing = false;
  framesPerSecond = 30;
  // Frames that were really shown in the last second.
  measured = 0;
  #recording = null;
  #show;
  #due = 0;
  #shown = [];

  // `show` is called with the index of each frame to be shown, and after changes.
  constructor(show) {
    this.#show = show;
    const tick = (now) => {
      this.#advance(now);
      requestAnimationFrame(tick);
    };
    requestAnimationFrame(tick);
  }

  start(recording, playing) {
    this.#recording = recording;
    this.#shown = [];
    this.index = -1;
    this.playing = playing;
  }

  // No run is under way. A recording whose run was stopped stands still, and one that was
  // not played shows its end.
  ended() {
    if (this.index < 0) this.seek(Infinity);
    else if (this.#recording?.ending === "stopped" && this.playing) this.toggle();
  }

  toggle() {
    if (this.#recording === null) return;
    if (!this.playing && this.#recording.ending && this.#next() < 0) this.index = -1;
    this.playing = !this.playing;
    this.#show(this.index);
  }

  // One frame on (1) or back (-1).
  step(direction) {
    this.seek(this.index + direction, direction);
  }

  // To a frame, and stay there.
  seek(index, towards = -1) {
    const at = this.#recording?.nearest(index, towards) ?? -1;
    if (at < 0) return;
    this.playing = false;
    this.index = at;
    this.#show(at);
  }

  #advance(now) {
    this.#shown = this.#shown.filter((at) => at > now - 1000);
    this.measured = this.#shown.length;
    if (!this.playing || now < this.#due) return;
    const next = this.#next();
    if (next < 0) {
      if (this.#recording?.ending) {
        this.playing = false;
        this.#show(this.index);
      }
      return;
    }
    const interval = 1000 / this.framesPerSecond;
    // A screen's rhythm does not slow it down, and late frames do not pile up.
    this.#due = Math.max(this.#due + interval, now - interval);
    this.index = next;
    this.#shown.push(now);
    this.#show(next);
  }

  // The next frame that has a field; -1 where there is none yet.
  #next() {
    const frames = this.#recording?.frames ?? [];
    for (let at = this.index + 1; at < frames.length; at += 1) if (frames[at].field) return at;
    return -1;
  }
}
