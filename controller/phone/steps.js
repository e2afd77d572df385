// The guided sequence on the screen; what it does is in guide.js.
"use strict";

const steps = (() => {
  const { id, text, show } = dom;

  function guideWords({ countdown, startsInS, ownLeftS, wantsPress, g }) {
    const heat = countdown && words.isNumber(countdown.targetC) && words.isNumber(countdown.durationS)
      ? `${words.minutes(countdown.durationS)} at ${words.degrees(countdown.targetC)} °C`
      : "gentle heat";
    const press = wantsPress ? "For heat, press the button on the pack before the time is over." : "";
    switch (g.step) {
      case "press":
        return {
          title: "Press gently",
          words: "Find the sore spot and press on it, only as hard as stays free of pain. Keep still and breathe until you feel it let go.",
          next: "It has let go",
        };
      case "asked":
        return { title: "Telling the pack", words: "One moment." };
      case "stretch":
        return {
          title: "Stretch slowly",
          words: `Ease into the stretch while you breathe out. No bouncing, no pain. Then comes ${heat}. ${press}`,
          count: startsInS === null ? "" : words.clock(startsInS),
          about: "until heat",
          next: "I have stretched",
          breath: true,
        };
      case "window":
        return {
          title: "Heat is coming",
          words: `Put the pad on now. In a moment: ${heat}. Cancel if you do not want it. ${press}`,
          count: startsInS === null ? "Now" : words.clock(startsInS),
          about: startsInS === null ? "" : "until heat",
        };
      case "own_stretch":
        return {
          title: "Stretch slowly",
          words: "Ease into the stretch while you breathe out. No bouncing, no pain.",
          count: words.clock(ownLeftS),
          about: "to stretch",
          next: "I have stretched",
          breath: true,
        };
      case "own_heat": {
        const { target_c: targetC, duration_s: durationS } = form.wish();
        return {
          title: "Ready for heat",
          words: "Put the pad on. It starts when you say so.",
          next: `Start ${words.minutes(durationS)} at ${words.degrees(targetC)} °C`,
        };
      }
      default:
        return { title: "No heat", words: g.why };
    }
  }

  /** Which of the three steps on the screen each one belongs to. */
  const STEPS = {
    press: "press", asked: "press", stretch: "stretch", own_stretch: "stretch", window: "heat", own_heat: "heat", over: "heat",
  };
  let shownStep = null;

  function draw(v) {
    const { g, pending, answers } = v;
    show(id("guide"), g.step !== null);
    if (g.step === null) {
      shownStep = null;
      return;
    }
    const said = guideWords(v);
    const refusal = g.step === "own_heat" ? words.start(pending.start, answers.start) : "";
    text(id("guide-title"), g.cancelled ? "Cancelling" : said.title);
    text(id("guide-words"), g.cancelled ? "Until the pack has answered, heat may still begin." : refusal || said.words);
    show(id("count"), Boolean(said.count));
    text(id("count-is"), said.count ?? "");
    text(id("count-of"), said.about ?? "");
    id("count").toggleAttribute("data-breathes", said.breath === true && !g.cancelled);
    show(id("guide-next"), Boolean(said.next) && !g.cancelled, said.next ?? "");
    id("guide-next").disabled = pending.start?.status === "sent" || (g.step !== "own_stretch" && !v.connected);
    text(id("guide-cancel"), g.step === "over" ? "Close" : "Cancel");
    for (const step of id("steps").children) {
      if (step.dataset.step === STEPS[g.step]) step.setAttribute("aria-current", "step");
      else step.removeAttribute("aria-current");
    }
    if (g.step !== shownStep) {
      shownStep = g.step;
      id("guide-title").focus({ preventScroll: true });
      scrollTo(0, 0);
    }
  }

  return { draw };
})();
