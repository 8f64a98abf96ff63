// Puts the page together: images in, answers out.
"use strict";

const get = (id) => document.getElementById(id);
const NUMBER = new Intl.NumberFormat("en", { maximumSignificantDigits: 4 });
const PERCENT = new Intl.NumberFormat("en", {
  style: "percent", maximumSignificantDigits: 2,
});

class Page {
  constructor(detector) {
    this.detector = detector;
    this.rule = detector.rule;
    this.side = this.rule.side;
    this.shown = [];
    this.score = null;
    this.stream = null;
    this.histogram = new Histogram(get("histogram"), detector);
    this.pad = new Pad(get("pad"), this.rule.content_side, () => this.later());
    get("crop-line").hidden = (this.rule.fit || "square") !== "square";
    this.listen();
    this.setThreshold(detector.sidecar.threshold.value);
    this.examples();
  }

  listen() {
    get("files").addEventListener("change", ({ target }) => {
      this.take(target.files);
      target.value = "";
    });
    get("clear").addEventListener("click", () => this.clear());
    get("camera").addEventListener("click", () => this.toggleCamera());
    get("brush").addEventListener("input", ({ target }) => {
      this.pad.color = target.value;
    });
    get("width").addEventListener("input", ({ target }) => {
      this.pad.width = 0.02 * target.value * this.pad.canvas.width;
    });
    get("threshold").addEventListener("input", ({ target }) => {
      this.setThreshold(this.histogram.scoreAt(target.value / 1000), true);
    });
    get("reset").addEventListener("click", () => {
      this.setThreshold(this.detector.sidecar.threshold.value);
    });
    document.addEventListener("dragover", (event) => {
      event.preventDefault();
      get("drop").classList.add("over");
    });
    document.addEventListener("dragleave", () => {
      get("drop").classList.remove("over");
    });
    document.addEventListener("drop", (event) => {
      event.preventDefault();
      get("drop").classList.remove("over");
      this.take(event.dataTransfer.files);
    });
    document.addEventListener("paste", (event) => {
      this.take(event.clipboardData.files);
    });
  }

  // The golden vectors: normal images, and one that is far from them.
  examples() {
    const vectors = this.detector.sidecar.golden_vectors;
    const pictures = vectors.map(({ pixels }) => fromBase64(pixels));
    pictures.forEach((pixels, i) => {
      const last = i === pictures.length - 1 && i > 0;
      this.remember(pixels, last ? "inverted" : `normal ${i + 1}`);
    });
    // Paint what the pictures' border is not.
    const dark = pictures[0][0] < 128;
    this.background = dark ? "#000000" : "#ffffff";
    this.pad.color = get("brush").value = dark ? "#ffffff" : "#000000";
    this.load(pictures[0]);
  }

  async take(files) {
    this.stopCamera();
    for (const file of files) {
      try {
        const image = await decode(file);
        const pixels = this.fit(image, file.name, get("crop").checked);
        this.remember(pixels, file.name);
        this.load(pixels);
      } catch (error) {
        this.fail(error);
      }
    }
  }

  fit(image, name, crop) {
    const fit = this.rule.fit || "square";
    const square = crop && fit === "square" ? toShape(image, "crop") : image;
    try {
      return preprocess(square, this.rule).values;
    } catch (error) {
      if (error instanceof InputError) error.message += ` (${name})`;
      throw error;
    }
  }

  fail(error) {
    get("error").textContent = error.message;
    get("error").hidden = false;
    if (!(error instanceof InputError)) throw error;
  }

  load(pixels) {
    get("error").hidden = true;
    this.pad.load(pixels, this.side, this.rule.channels);
  }

  clear() {
    this.stopCamera();
    get("error").hidden = true;
    this.pad.fill(this.background);
  }

  // An entry of the list below the image.
  remember(pixels, name) {
    const [item, button, canvas] = ["li", "button", "canvas"].map((tag) => {
      return document.createElement(tag);
    });
    button.type = "button";
    show(canvas, pixels, this.side, this.rule.channels);
    const score = this.detector.score(pixels);
    button.append(canvas, `${name}: ${NUMBER.format(score)}`);
    button.addEventListener("click", () => {
      this.stopCamera();
      this.load(pixels);
    });
    item.append(button);
    get("shown").prepend(item);
    this.shown.push([item, score]);
    this.mark();
  }

  mark() {
    for (const [item, score] of this.shown) {
      item.classList.toggle("anomalous", this.detector.anomalous(score));
    }
  }

  setThreshold(value, bySlider = false) {
    this.detector.threshold = value;
    if (!bySlider) get("threshold").value = 1000 * this.histogram.place(value);
    get("threshold").setAttribute("aria-valuetext", NUMBER.format(value));
    const { normal } = this.histogram;
    let words = "The sidecar holds no scores of normal images to set it by.";
    if (normal) {
      let above = 0;
      normal.scores.forEach((score, i) => {
        if (score > value) above += normal.counts[i];
      });
      const kept = this.detector.sidecar.threshold.held_out
        ? "held-out normal images"
        : "normal training images";
      const { all, images } = normal;
      const measured =
        all === images ? kept : `scores of ${images} ${kept}, moved as well,`;
      words =
        `${above} of ${all} ${measured} are above it ` +
        `(${PERCENT.format(above / all)}).`;
    }
    get("rate").textContent = `Threshold ${NUMBER.format(value)}. ${words}`;
    this.mark();
    this.answer();
  }

  // Once a frame is enough, however fast somebody draws.
  later() {
    if (this.waiting) return;
    this.waiting = true;
    requestAnimationFrame(() => {
      this.waiting = false;
      this.look();
    });
  }

  look() {
    const { channels } = this.rule;
    const pixels = this.pad.pixels(this.rule);
    this.score = this.detector.score(pixels);
    const found = this.detector.look(pixels);
    const levels = (values) => values.map((value) => (value + 1) * 127.5);
    show(
      get("input"), found ? levels(found.seen) : pixels, this.side, channels
    );
    get("drawn").parentElement.hidden = !found;
    get("map").parentElement.hidden = !found;
    if (found) {
      const { drawn, map } = found;
      show(get("drawn"), levels(drawn), this.side, channels);
      const most = Math.max(0.5, ...map);
      show(get("map"), heat(map, most), this.side, 3);
      get("map-caption").textContent =
        `where both differ, by up to ${PERCENT.format(Math.max(...map) / 2)}`;
    }
    this.answer();
  }

  answer() {
    if (this.score === null) return;
    const bad = this.detector.anomalous(this.score);
    get("verdict").textContent = bad ? "anomalous" : "normal";
    get("verdict").className = bad ? "bad" : "good";
    const chance = this.detector.pValue(this.score);
    get("score").textContent =
      `Score ${NUMBER.format(this.score)}` +
      (chance === null
        ? "."
        : `: at most ${PERCENT.format(chance)} of normal images are so high.`);
    this.histogram.draw(this.detector.threshold, this.score);
  }

  async toggleCamera() {
    if (this.stream) {
      this.stopCamera();
      return;
    }
    try {
      this.stream = await navigator.mediaDevices.getUserMedia({
        video: { facingMode: "environment" },
      });
    } catch (error) {
      const words = `Expected a camera. Received: ${error.message}.`;
      this.fail(new InputError(words));
      return;
    }
    get("error").hidden = true;
    get("camera").setAttribute("aria-pressed", "true");
    this.video = document.createElement("video");
    this.video.srcObject = this.stream;
    this.video.playsInline = true;
    await this.video.play();
    this.frame();
  }

  stopCamera() {
    if (!this.stream) return;
    this.stream.getTracks().forEach((track) => track.stop());
    this.stream = null;
    get("camera").setAttribute("aria-pressed", "false");
  }

  frame() {
    if (!this.stream) return;
    const canvas = document.createElement("canvas");
    [canvas.width, canvas.height] = [
      this.video.videoWidth, this.video.videoHeight,
    ];
    const context = canvas.getContext("2d", { willReadFrequently: true });
    context.drawImage(this.video, 0, 0);
    try {
      const image = withChannels(imageOf(context), this.rule.channels);
      const fit = this.rule.fit || "square";
      const shape = toShape(image, fit === "square" ? "crop" : fit);
      const small = shrink(shape, this.rule.content_side);
      this.load(border(small, this.side).values);
    } catch (error) {
      this.stopCamera();
      this.fail(error);
      return;
    }
    requestAnimationFrame(() => this.frame());
  }
}

function start() {
  const line = get("self-test");
  try {
    const sidecar = JSON.parse(get("sidecar").textContent);
    const model = unpackedModel(get("model").textContent, sidecar);
    const detector = new Detector(model, sidecar);
    const test = detector.selfTest();
    if (!test.passed) {
      throw new InputError(
        "Self-test FAILED: the model does not give its golden vectors the " +
          `scores that were promised (off by ${PERCENT.format(test.largest)}` +
          "). Nothing is scored with it."
      );
    }
    line.className = "good";
    line.textContent =
      `Self-test passed: ${test.vectors} golden vectors, largest ` +
      `difference ${test.largest ? test.largest.toExponential(0) : 0}.`;
    get("main").hidden = false;
    new Page(detector);
  } catch (error) {
    line.className = "bad";
    line.textContent = error.message;
    if (!(error instanceof InputError)) throw error;
  }
}

start();
