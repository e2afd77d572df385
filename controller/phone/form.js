// The form for an ordinary start, and what became of the start.
"use strict";

const form = (() => {
  const { id, text, show, make } = dom;
  const AREAS = ["Neck", "Shoulder", "Upper back", "Lower back", "Arm", "Leg"];

  function build() {
    const areas = id("areas");
    const radio = (label, value) =>
      make("label", { className: "chip" }, make("input", { type: "radio", name: "area", value }), make("span", {}, label));
    areas.append(...AREAS.map((name) => radio(name, name.toLowerCase())), radio("Other", "other"));
    areas.addEventListener("change", () => show(id("other-field"), area() === "other"));
  }

  const area = () => document.querySelector("#areas input:checked")?.value ?? "";

  /** What the form asks for: { target_c, duration_s, area? } */
  function wish() {
    const where = area() === "other" ? id("other").value.trim() : area();
    return {
      target_c: Number(id("target").value),
      duration_s: Number(id("minutes").value) * 60,
      ...(where === "" ? {} : { area: where }),
    };
  }

  let bounds = null;

  /** Limits and defaults come with `info`; what a person has set since stays, within them. */
  function bound(info) {
    if (info === null || bounds === info) return;
    const first = bounds === null;
    bounds = info;
    const { limits, defaults } = info;
    const range = (input, least, most, value) => {
      if (![least, most].every(words.isNumber)) return;
      input.min = least;
      input.max = most;
      if (first && words.isNumber(value)) input.value = value;
    };
    range(id("target"), limits.target_min_c, limits.target_max_c, defaults.target_c);
    const [leastMin, mostMin] = [Math.ceil(limits.session_min_s / 60), Math.floor(limits.session_max_s / 60)];
    range(id("minutes"), leastMin, mostMin, defaults.duration_s / 60);
  }

  function draw({ m, pending, answers, whyNot, wantsPress, shown }) {
    show(id("start"), shown);
    if (!shown) return;
    bound(model.info(m));
    const { target_c: targetC, duration_s: durationS } = wish();
    text(id("target-is"), `${words.degrees(targetC)} °C`);
    text(id("minutes-is"), words.minutes(durationS));
    id("target").setAttribute("aria-valuetext", `${words.degrees(targetC)} degrees`);
    id("minutes").setAttribute("aria-valuetext", words.minutes(durationS));
    text(id("go"), `Start ${words.minutes(durationS)} at ${words.degrees(targetC)} °C`);
    // While the pack is asked it stays as it is, or the keyboard would lose its place; a second tap asks nothing.
    id("go").disabled = whyNot !== null || wantsPress;
    id("open-guide").disabled = whyNot !== null;
    const hint = whyNot ?? (wantsPress ? words.PRESS : "");
    show(id("why-not"), hint !== "", hint);
    const sentence = words.start(pending.start, answers.start);
    id("answer").toggleAttribute("data-warns", pending.start?.status !== "sent");
    show(id("answer"), sentence !== "", sentence);
  }

  return { build, draw, wish };
})();
