// The curve of the running session with its target and the cutoff, by uPlot.
"use strict";

const chart = (() => {
  const HEIGHT = 210;
  const COOLEST_C = 25;

  /** @param {HTMLElement} place gets the picture, and a sentence for who cannot see it */
  function create(place) {
    let plot = null;
    let shown = null;

    /** @param {{curve: object, cutoffC: number}} what */
    function draw(what) {
      shown = what;
      const { curve, cutoffC } = what;
      if (curve.points.length < 2) {
        place.hidden = true;
        return;
      }
      place.hidden = false;
      place.setAttribute("aria-label", describe(curve, cutoffC));
      plot ??= build();
      plot.setData(series(curve, cutoffC));
    }

    function build() {
      const colour = (name) => getComputedStyle(place).getPropertyValue(name).trim();
      const font = `12px ${getComputedStyle(document.body).fontFamily}`;
      const axis = { font, stroke: colour("--soft"), ticks: { show: false } };
      const level = (name, dash) => ({ stroke: colour(name), width: 1.5, dash, points: { show: false } });
      return new uPlot(
        {
          width: place.clientWidth,
          height: HEIGHT,
          legend: { show: false },
          cursor: { show: false },
          padding: [14, 18, 0, 0],
          scales: {
            x: { time: false, range: (_, __, most) => [0, Math.max(shown.curve.durationS ?? 600, most)] },
            y: { range: (_, least) => [Math.min(COOLEST_C, Math.floor(least - 1)), Math.ceil(shown.cutoffC) + 1] },
          },
          axes: [
            {
              ...axis,
              size: 26,
              grid: { show: false },
              incrs: [60, 120, 300],
              values: (_, seconds) => seconds.map((s, i) => (i === seconds.length - 1 ? `${s / 60} min` : `${s / 60}`)),
            },
            {
              ...axis,
              size: 40,
              grid: { stroke: colour("--rule"), width: 1 },
              splits: () => [25, 30, 35, 40].filter((c) => c < shown.cutoffC - 2),
              values: (_, degrees) => degrees.map((c) => `${c}°`),
            },
          ],
          series: [
            {},
            level("--cutoff", [4, 4]),
            level("--target", [8, 5]),
            { stroke: colour("--heat"), width: 2.5, points: { show: false }, spanGaps: false },
          ],
          hooks: { draw: [(u) => label(u, colour, font)] },
        },
        series(shown.curve, shown.cutoffC),
        place,
      );
    }

    /** Names the two lines in the picture itself: no legend to look up. */
    function label(u, colour, font) {
      const { ctx, bbox } = u;
      const ratio = devicePixelRatio;
      ctx.save();
      ctx.font = font.replace("12px", `600 ${12 * ratio}px`);
      ctx.textAlign = "right";
      for (const [text, valueC, name] of [
        [`cutoff ${shown.cutoffC} °C`, shown.cutoffC, "--cutoff"],
        [`target ${words.degrees(shown.curve.targetC)} °C`, shown.curve.targetC, "--target"],
      ]) {
        if (!words.isNumber(valueC)) continue;
        ctx.fillStyle = colour(name);
        ctx.fillText(text, bbox.left + bbox.width - 2 * ratio, u.valToPos(valueC, "y", true) - 5 * ratio);
      }
      ctx.restore();
    }

    function rebuild() {
      plot?.destroy();
      plot = null;
      if (shown !== null) draw(shown);
    }

    new ResizeObserver(() => {
      if (plot !== null && place.clientWidth > 0 && plot.width !== place.clientWidth) {
        plot.setSize({ width: place.clientWidth, height: HEIGHT });
      }
    }).observe(place);
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", rebuild);

    return { draw };
  }

  function series(curve, cutoffC) {
    const end = Math.max(curve.durationS ?? 600, curve.points.at(-1)[0]);
    const times = [...curve.points.map(([atS]) => atS)];
    const readings = curve.points.map(([, c]) => c);
    if (times.at(-1) < end) {
      times.push(end); // so that the two lines reach the end
      readings.push(null);
    }
    const level = (value) => times.map(() => value);
    return [times, level(cutoffC), level(curve.targetC), readings];
  }

  function describe(curve, cutoffC) {
    const readings = curve.points.map(([, c]) => c).filter(words.isNumber);
    if (readings.length === 0) return "Temperature curve without a reading.";
    return (
      `Temperature curve: from ${words.degrees(readings[0])} to ${words.degrees(readings.at(-1))} °C ` +
      `in ${words.span(curve.points.at(-1)[0])}, highest ${words.degrees(Math.max(...readings))} °C. ` +
      `Target ${words.degrees(curve.targetC)} °C, cutoff ${cutoffC} °C.`
    );
  }

  return { create };
})();
