// The histogram of the scores, and what a threshold would do with them.
"use strict";

const BINS = 60;
const get = (id) => document.getElementById(id);
const points = JSON.parse(get("points").textContent);
const { normal, anomalous } = points;
const known = [...normal, ...anomalous, points.threshold];
const [low, high] = [Math.min(...known), Math.max(...known)];
const logarithmic = low > 0 && high > 10 * low;
const scaled = (score) => (logarithmic ? Math.log(score) : score);
const from = scaled(low);
const span = (scaled(high) - from) * 1.001 || 1;
const place = (score) => (scaled(score) - from) / span;
const scoreAt = (share) => {
  const value = from + share * span;
  return logarithmic ? Math.exp(value) : value;
};

function heights(scores) {
  const found = new Array(BINS).fill(0);
  for (const score of scores) {
    found[Math.min(BINS - 1, Math.floor(place(score) * BINS))] += 1;
  }
  return found.map((count) => count / Math.max(1, scores.length));
}

function element(kind, parent) {
  const made = document.createElement("div");
  made.className = kind;
  parent.append(made);
  return made;
}

function draw() {
  const [first, second] = [heights(normal), heights(anomalous)];
  const most = Math.max(...first, ...second);
  for (let bin = 0; bin < BINS; bin++) {
    const column = element("bin", get("histogram"));
    for (const [kind, shares] of [["normal", first], ["anomalous", second]]) {
      const height = `${(100 * shares[bin]) / most}%`;
      element(kind, column).style.height = height;
    }
  }
  return element("limit", get("histogram"));
}

// Of many scores only some are here.
function share(count, of, total) {
  const all = Math.round((count / of) * total);
  return of ? `${all} of ${total} (${((100 * count) / of).toFixed(1)} %)` : "-";
}

function main() {
  const limit = draw();
  const ends = logarithmic ? " (logarithmic)" : "";
  get("low").textContent = low.toPrecision(3);
  get("high").textContent = high.toPrecision(3) + ends;
  const set = (threshold) => {
    const alarms = normal.filter((score) => score > threshold).length;
    const misses = anomalous.filter((score) => score <= threshold).length;
    limit.style.left = `${100 * place(threshold)}%`;
    get("threshold").setAttribute("aria-valuetext", threshold.toPrecision(4));
    get("counts").textContent =
      `Threshold ${threshold.toPrecision(4)}: ` +
      `false alarms ${share(alarms, normal.length, points.totals[0])}` +
      (anomalous.length
        ? `, misses ${share(misses, anomalous.length, points.totals[1])}.`
        : "; no anomalies to miss.");
    const dot = get("dot");
    if (dot) {
      dot.setAttribute("cx", (100 * alarms) / normal.length);
      dot.setAttribute("cy", (100 * misses) / anomalous.length);
    }
  };
  const reset = () => {
    get("threshold").value = 1000 * place(points.threshold);
    set(points.threshold);
  };
  get("threshold").addEventListener("input", ({ target }) => {
    set(scoreAt(target.value / 1000));
  });
  get("reset").addEventListener("click", reset);
  reset();
}

if (points.threshold !== null) main();
