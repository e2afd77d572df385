// Draws all of it, and what must not be missed: the connection, and the stop.
"use strict";

const view = (() => {
  const ANSWER_SHOWN_MS = 15_000;
  const { id, text, show } = dom;

  const BY_HAND = "To stop the pad, press the button on the pack or take it off.";

  function alertWords({ m, situation, fresh, g }) {
    const { status, reason } = m.link;
    const urgent = model.busy(m) ? BY_HAND : "";
    if (status !== "connected" && m.state === null) {
      return reason || (status === "lost" ? "No connection to the broker. Trying again." : "");
    }
    if (status !== "connected") {
      const coming = model.counts(m) || g.step === "asked" ? "The countdown goes on in the pack." : "";
      return ["Connection lost.", coming, urgent || "What is shown is not live."].filter(Boolean).join(" ");
    }
    if (situation === "offline") return urgent;
    return m.state !== null && !fresh ? `No news from the pack. ${urgent}` : reason;
  }

  function drawBar({ m, pending, answers, nowMs }) {
    const order = pending.stop;
    const answer = answers.stop;
    // "The heater is off" is about the stop, and no word for what heats by now.
    const recent = answer !== undefined && nowMs - answer.atMs < ANSWER_SHOWN_MS && !model.busy(m);
    const sentence = words.stop(order, recent ? answer : undefined);
    show(id("stop-words"), sentence !== "", sentence);
    id("bar").dataset.stop = order !== undefined ? "waiting" : recent ? "done" : "";
    id("bar").toggleAttribute("data-busy", model.busy(m));
  }

  const LINKS = { connecting: "Connecting", connected: "Connected" };

  function drawLink({ m, fresh }) {
    const status = m.link.status === "connected" && m.state !== null && !fresh ? "stale" : m.link.status;
    id("link").dataset.status = status;
    const offline = model.pack(m)?.online === false;
    text(id("link-words"), status === "stale" ? (offline ? "Pack offline" : "No news") : (LINKS[m.link.status] ?? "Not connected"));
    text(id("name"), model.info(m)?.name || m.chosen || "Heatpack");
  }

  function drawTitle({ m, situation }) {
    const s = m.state;
    if (situation === "searching") document.title = "Heatpack";
    else if (!model.heats(m)) document.title = `${words.phase(situation)} – Heatpack`;
    else document.title = `${words.degrees(s.temperature_c)} °C, ${words.clock(s.session.remaining_s)} left`;
  }

  function create() {
    form.build();
    const curve = chart.create(id("chart"));
    const drawn = ["warming", "holding", "cooling", "resting", "fault"];

    /** Draws everything from one consistent picture; see `phone.js` for its parts. */
    function render(v) {
      const focused = document.activeElement;
      document.body.dataset.situation = v.situation;
      document.body.toggleAttribute("data-stale", !v.fresh);
      drawLink(v);
      text(id("alerts"), alertWords(v));
      now.draw(v);
      steps.draw(v);
      form.draw({ ...v, shown: v.situation === "idle" && v.g.step === null });
      records.draw(v);
      drawBar(v);
      drawTitle(v);
      if (drawn.includes(v.situation)) curve.draw({ curve: v.m.curve, cutoffC: model.info(v.m)?.limits?.cutoff_c ?? 44 });
      else show(id("chart"), false);
      if (focused?.checkVisibility?.() === false) moveOn();
    }

    /** What had the focus has gone: hand and keyboard go on at the heading of what came in its place. */
    function moveOn() {
      (id("guide").hidden ? id("phase") : id("guide-title")).focus({ preventScroll: true });
      scrollTo(0, 0);
    }

    return { render };
  }

  return { create };
})();
