// The normal scores as bars, the threshold and the present score above them.
"use strict";

const BARS = 40;

class Histogram {
  constructor(element, detector) {
    this.element = element;
    this.normal = detector.normalScores();
    const { golden_vectors: vectors, threshold } = detector.sidecar;
    const known = [
      ...(this.normal ? this.normal.scores : []),
      ...vectors.map(({ score }) => score),
      threshold.value,
    ];
    const [low, high] = [Math.min(...known), Math.max(...known)];
    // Distances spread over orders of magnitude.
    this.logarithmic = low > 0 && high > 10 * low;
    const spread = this.scaled(high) - this.scaled(low) || 1;
    this.low = this.scaled(low) - 0.03 * spread;
    this.high = this.scaled(high) + 0.05 * spread;
    this.heights = new Array(BARS).fill(0);
    if (this.normal) {
      this.normal.scores.forEach((score, i) => {
        const bar = Math.floor(this.place(score) * BARS);
        this.heights[bar] += this.normal.counts[i];
      });
    }
  }

  scaled(score) {
    return this.logarithmic ? Math.log(Math.max(score, 1e-30)) : score;
  }

  // Where a score stands, 0 to 1, and the score that stands there.
  place(score) {
    const place = (this.scaled(score) - this.low) / (this.high - this.low);
    return Math.min(0.9999, Math.max(0, place));
  }

  scoreAt(place) {
    const value = this.low + place * (this.high - this.low);
    return this.logarithmic ? Math.exp(value) : value;
  }

  draw(threshold, score) {
    const most = Math.max(1, ...this.heights);
    const limit = this.place(threshold);
    const bars = this.heights.map((height, i) => {
      const bar = document.createElement("div");
      bar.className = i / BARS > limit ? "bar above" : "bar";
      bar.style.height = `${height ? 4 + (96 * height) / most : 0}%`;
      return bar;
    });
    const marks = [this.mark(limit, "limit", "")];
    if (score !== null) {
      const kind = score > threshold ? "bad" : "good";
      marks.push(this.mark(this.place(score), kind, "this image"));
    }
    this.element.replaceChildren(...bars, ...marks);
  }

  mark(place, kind, text) {
    const mark = document.createElement("div");
    mark.className = `mark ${kind} ${place > 0.7 ? "left" : ""}`;
    mark.style.left = `${100 * place}%`;
    const label = document.createElement("span");
    label.textContent = text;
    mark.append(label);
    return mark;
  }
}
