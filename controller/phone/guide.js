// The guided sequence: press, released, stretch, heat. It never heats by itself. With a pack that counts down after
// a release, the pack does it and a cancel is one tap; with any other the last step is an ordinary start by hand.
// A countdown that another device began is shown just so.
"use strict";

const guide = (() => {
  const TAKES_MS = 6000;
  const GONE_MS = 3000;
  const OWN_STRETCH_S = 60;
  const NOBODY = { step: null, sessionId: null, sinceMs: 0, countedMs: 0, cancelled: false, why: "" };

  /**
   * @param {{trigger: (event: string, sessionId: string | null) => boolean, stop: () => void,
   *          changed: () => void, countdown: () => object | null, nowMs: () => number}} way
   */
  function create(way) {
    /** step: null, press, asked, stretch, window, own_stretch, own_heat, over */
    const g = { ...NOBODY };

    function to(step, why = "") {
      Object.assign(g, { step, why, sinceMs: way.nowMs() });
      way.changed();
    }

    function begin() {
      Object.assign(g, NOBODY, { sessionId: `phone-${connection.randomId(8)}` });
      to("press");
    }

    function released() {
      if (way.countdown() === null) to("own_stretch");
      else if (way.trigger("released", g.sessionId)) to("asked");
      else to("over", "Not connected, so the pack was not told. Nothing heats because of it.");
    }

    function stretched() {
      if (g.step === "own_stretch") to("own_heat");
      else way.trigger("stretched", g.sessionId);
    }

    /** Give up. A release that may be on its way is cancelled by its id; the stop is the part that gets an answer. */
    function cancel() {
      const thePackKnows = ["asked", "stretch", "window"].includes(g.step);
      if (!thePackKnows) {
        to(null);
        return;
      }
      way.trigger("cancelled", g.sessionId);
      g.cancelled = true;
      way.stop();
    }

    /** The pack's log says what it made of the release, or of the heat that should follow. */
    function hear(event) {
      if (g.step === null || typeof event.message !== "string") return;
      const about = event.kind === "post_session" && event.data?.session_id === g.sessionId;
      const taken = ["counting", "window", "fire", "cancelled", "ended"].includes(event.code);
      if (about && !taken && g.step === "asked") to("over", words.sentence(event.message));
      const heat = event.kind === "start" && event.data?.origin === "post_session";
      if (heat && event.code !== "ok") to("over", words.sentence(event.message));
    }

    /** The state moves the guide on. Call it after each message, and often. */
    function tick({ phase, startsInS, heats, fresh }) {
      const nowMs = way.nowMs();
      if (g.step === "own_stretch" && leftS() <= 0) to("own_heat");
      if (phase === "waiting") {
        if (g.step === null) Object.assign(g, NOBODY);
        g.countedMs = nowMs;
        const step = startsInS > (way.countdown()?.windowS ?? 0) ? "stretch" : "window";
        if (g.step !== step) to(step);
      } else if (g.step === "stretch" || g.step === "window") {
        if (heats || g.cancelled) to(null);
        else if (fresh && nowMs - g.countedMs > GONE_MS) to("over", "The countdown has ended without heat.");
      } else if (g.step === "asked") {
        if (heats || (g.cancelled && fresh)) to(null);
        else if (nowMs - g.sinceMs > TAKES_MS) giveUp();
      } else if (g.step === "own_heat" && heats) {
        to(null);
      }
    }

    function giveUp() {
      way.trigger("cancelled", g.sessionId); // late is not welcome any more
      way.stop(); // should it count down after all, this gets through sooner or later
      to("over", "The pack did not answer, so this was ended.");
    }

    const leftS = () => Math.max(0, OWN_STRETCH_S - (way.nowMs() - g.sinceMs) / 1000);

    return { g, begin, released, stretched, cancel, hear, tick, leftS };
  }

  return { create };
})();
