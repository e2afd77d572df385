// Draws what is known. Every text goes in as text, never as markup: it came from a network.
"use strict";

const view = (() => {
  const AREAS = ["Neck", "Shoulder", "Upper back", "Lower back", "Arm", "Leg"];
  const ANSWER_SHOWN_MS = 15_000;
  const NO_MINUTES_S = 600;

  const id = (name) => document.getElementById(name);

  function text(element, value) {
    if (element.textContent !== value) element.textContent = value;
  }

  function show(element, shown, value) {
    if (value !== undefined) text(element, value);
    if (element.hidden === shown) element.hidden = !shown;
  }

  function make(name, attributes, ...children) {
    const element = document.createElement(name);
    Object.assign(element, attributes);
    element.append(...children);
    return element;
  }

  /** Replaces the children only if their words changed, so that a screen reader is not told the same again. */
  function fill(list, key, children) {
    if (list.dataset.key === key) return;
    list.dataset.key = key;
    list.replaceChildren(...children());
  }

  // --- once ---------------------------------------------------------------------------------------

  function buildAreas(areas) {
    const radio = (label, value) =>
      make("label", { className: "chip" }, make("input", { type: "radio", name: "area", value }), make("span", { textContent: label }));
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

  // --- the form -----------------------------------------------------------------------------------

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
    range(id("minutes"), Math.ceil(limits.session_min_s / 60), Math.floor(limits.session_max_s / 60), defaults.duration_s / 60);
  }

  function drawForm({ m, pending, answers, whyNot, shown }) {
    show(id("start"), shown);
    if (!shown) return;
    bound(model.info(m));
    const { target_c: targetC, duration_s: durationS } = wish();
    text(id("target-is"), `${words.degrees(targetC)} °C`);
    text(id("minutes-is"), words.minutes(durationS));
    id("target").setAttribute("aria-valuetext", `${words.degrees(targetC)} degrees`);
    id("minutes").setAttribute("aria-valuetext", words.minutes(durationS));
    text(id("go"), `Start ${words.minutes(durationS)} at ${words.degrees(targetC)} °C`);
    const asking = pending.start?.status === "sent";
    id("go").disabled = whyNot !== null || asking;
    show(id("why-not"), whyNot !== null, whyNot ?? "");
    id("open-guide").disabled = whyNot !== null || asking;
    const [sentence, kind] = startWords(pending.start, answers.start);
    id("answer").dataset.kind = kind;
    show(id("answer"), sentence !== "", sentence);
  }

  function startWords(order, answer) {
    if (order?.status === "sent") return ["Asking the pack …", "quiet"];
    if (order?.status === "not_sent") return ["Not sent: there is no connection. Nothing was started.", "warn"];
    if (order?.status === "silent") {
      return ["The pack has not answered. Should it heat after all, this page shows it.", "warn"];
    }
    if (answer !== undefined && !answer.accepted) return [`Not started. ${words.sentence(answer.message)}`, "warn"];
    return ["", "quiet"];
  }

  // --- what the pack does ---------------------------------------------------------------------------

  function drawNow(v) {
    const { m, situation, pending, answers } = v;
    const shown = situation !== "waiting";
    show(id("now"), shown);
    if (!shown) return;
    const said = nowWords(v);
    text(id("phase"), said.title);
    text(id("phase-words"), said.words);
    drawDial(v, said);
    const fault = situation === "fault" ? m.state.fault : null;
    show(id("reset"), fault?.clearable === true);
    id("reset").disabled = m.link.status !== "connected" || pending.reset?.status === "sent";
    const notice = resetWords(pending.reset, answers.reset, fault) || noticeWords(m, situation);
    show(id("notice"), notice !== "", notice);
    drawFacts(v);
  }

  function nowWords(v) {
    const { m, situation } = v;
    const s = m.state;
    switch (situation) {
      case "searching":
        return { title: "Looking for the pack", words: searchWords(m) };
      case "offline":
        return {
          title: "The pack is offline",
          words: "It does not reach the broker, so nothing can be sent to it. A session that runs ends by itself at its time.",
        };
      case "guard_lost":
        return {
          title: "Guard lost",
          words: "The part of the pack that owns the heater does not answer. Without it nothing heats. Is the pack's service running?",
        };
      case "fault":
        return { title: "Locked", words: `${words.sentence(s.fault.message)} ${faultWords(s.fault)}` };
      case "warming":
      case "holding": {
        const where = s.session.area ? `${words.capital(s.session.area)}, ` : "";
        const started = `${where}started ${words.origin(s.session.origin)}.`;
        return { title: words.phase(situation), words: words.capital(started) };
      }
      case "cooling":
        return { title: "Cooling down", words: "The heater is off." };
      case "resting":
        return { title: "Resting", words: "Skin needs time between two sessions." };
      case "idle":
        return { title: "Ready", words: "The heater is off." };
      default:
        return { title: words.phase(situation), words: "" };
    }
  }

  function searchWords(m) {
    if (m.link.status !== "connected") return "Connecting to the broker …";
    if (m.packs.size > 1 && m.chosen === null) return "There are several packs here. Choose yours under Connection.";
    return m.chosen === null
      ? "No pack has reported to this broker yet."
      : "The pack has not said anything yet.";
  }

  function faultWords(fault) {
    const since = words.isNumber(fault.since) ? `Off since ${words.timeOfDay(fault.since)}. ` : "";
    return fault.clearable
      ? `${since}Look at the pad before you reset it.`
      : `${since}It can be reset when the cause is gone and the pad has cooled down.`;
  }

  function resetWords(order, answer, fault) {
    if (order?.status === "sent") return "Asking the pack …";
    if (order !== undefined) return "The reset was not answered. Try again when the connection is back.";
    if (answer !== undefined && !answer.accepted && fault !== null) return `Not reset. ${words.sentence(answer.message)}`;
    return "";
  }

  function noticeWords(m, situation) {
    const code = m.state?.notice;
    return code && !["offline", "guard_lost", "fault", "searching"].includes(situation) ? words.notice(code) : "";
  }

  function drawDial({ m, situation, restS }) {
    const s = m.state;
    const dial = id("dial");
    const shown = s !== null && ["warming", "holding", "cooling", "resting", "idle", "fault"].includes(situation);
    show(dial, shown);
    if (!shown) return;
    const reading = words.isNumber(s.temperature_c) ? `${words.degrees(s.temperature_c)} °C` : "No reading";
    let [big, small, share] = [reading, "pad now", 0];
    if (model.heats(m)) {
      small = `${words.clock(s.session.remaining_s)} left`;
      share = s.session.remaining_s / (s.session.duration_s ?? NO_MINUTES_S);
    } else if (situation === "resting" && restS !== null) {
      [big, small] = [words.clock(restS), `until ${words.timeOfDay(s.ready_at)}, pad ${reading}`];
      share = restS / (model.info(m)?.limits?.rest_s ?? 1800);
    } else if (situation === "cooling" && restS !== null) {
      small = `rest until ${words.timeOfDay(s.ready_at)}`;
    }
    text(id("big"), big);
    text(id("small"), small);
    const length = Math.round(1000 * Math.min(1, Math.max(0, share)));
    dial.querySelector(".hand").setAttribute("stroke-dasharray", `${length} 1000`);
    dial.toggleAttribute("data-empty", length === 0);
  }

  function drawFacts({ m, situation }) {
    const s = m.state;
    const rows = [];
    if (s !== null && model.heats(m) && !["offline", "guard_lost"].includes(situation)) {
      rows.push(["Target", `${words.degrees(s.session.target_c)} °C`]);
      rows.push(["Power", `${Math.round(s.duty * 100)} %`]);
      rows.push(["Dose", `${words.dose(s.dose_cem43)} CEM43`]);
    }
    show(id("facts"), rows.length > 0);
    fill(id("facts"), JSON.stringify(rows), () =>
      rows.map(([name, value]) =>
        make("div", {}, make("dt", { textContent: name }), make("dd", { textContent: value })),
      ),
    );
  }

  // --- the guided sequence ----------------------------------------------------------------------------

  function guideWords({ m, countdown, startsInS, ownLeftS, g }) {
    const heat = countdown && words.isNumber(countdown.targetC) && words.isNumber(countdown.durationS)
      ? `${words.minutes(countdown.durationS)} at ${words.degrees(countdown.targetC)} °C`
      : "gentle heat";
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
          words: `Ease into the stretch while you breathe out. No bouncing, no pain. Then comes ${heat}.`,
          count: startsInS === null ? "" : `Heat in ${words.clock(startsInS)}`,
          next: "I have stretched",
          breath: true,
        };
      case "window":
        return {
          title: "Heat is coming",
          words: `Put the pad on now. In a moment: ${heat}. Cancel if you do not want it.`,
          count: startsInS === null ? "Any moment" : `Heat in ${words.clock(startsInS)}`,
        };
      case "own_stretch":
        return {
          title: "Stretch slowly",
          words: "Ease into the stretch while you breathe out. No bouncing, no pain.",
          count: words.clock(ownLeftS),
          next: "I have stretched",
          breath: true,
        };
      case "own_heat": {
        const { target_c: targetC, duration_s: durationS } = wish();
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

  const STEPS = { press: "press", asked: "press", stretch: "stretch", own_stretch: "stretch", window: "heat", own_heat: "heat", over: "heat" };
  let shownStep = null;

  function drawGuide(v) {
    const { g, pending, answers } = v;
    show(id("guide"), g.step !== null);
    if (g.step === null) {
      shownStep = null;
      return;
    }
    const said = guideWords(v);
    const [refusal] = g.step === "own_heat" ? startWords(pending.start, answers.start) : [""];
    text(id("guide-title"), g.cancelled ? "Cancelling" : said.title);
    text(id("guide-words"), g.cancelled ? "Until the pack has answered, heat may still begin." : refusal || said.words);
    show(id("guide-count"), Boolean(said.count), said.count ?? "");
    show(id("breath"), said.breath === true && !g.cancelled);
    show(id("guide-next"), Boolean(said.next) && !g.cancelled, said.next ?? "");
    id("guide-next").disabled = pending.start?.status === "sent" || (g.step !== "own_stretch" && !v.connected);
    text(id("guide-cancel"), g.step === "over" ? "Close" : "Cancel");
    for (const step of id("steps").children) {
      if (step.dataset.step === STEPS[g.step]) step.setAttribute("aria-current", "step");
      else step.removeAttribute("aria-current");
    }
    if (g.step !== shownStep) {
      shownStep = g.step;
      id("guide-title").focus();
      id("guide").scrollIntoView({ block: "nearest" });
    }
  }

  // --- the day, the last sessions -----------------------------------------------------------------------

  function drawToday({ m, situation }) {
    const today = m.state?.today;
    const limits = model.info(m)?.limits;
    const shown = today !== undefined && limits !== undefined && !["offline", "guard_lost", "searching"].includes(situation);
    show(id("today"), shown);
    if (!shown) return;
    const rows = [
      ["Sessions", today.sessions, limits.day_sessions, `${today.sessions} of ${limits.day_sessions}`],
      ["Heat", today.heated_s, limits.day_heated_s, `${Math.round(today.heated_s / 60)} of ${Math.round(limits.day_heated_s / 60)} min`],
      ["Dose", today.dose_cem43, limits.day_dose_cem43, `${words.dose(today.dose_cem43)} of ${limits.day_dose_cem43} CEM43`],
    ];
    fill(id("budget"), JSON.stringify(rows), () =>
      rows.map(([name, value, most, says]) => {
        const bar = make("progress", { max: 1, value: Math.min(1, value / most) });
        bar.setAttribute("aria-label", `${name}: ${says}`);
        return make("li", {}, make("span", { textContent: name }), make("span", { textContent: says }), bar);
      }),
    );
  }

  function drawHistory({ m, history, pending, answers, packNowS }) {
    const refused = answers.history !== undefined && !answers.history.accepted;
    const asking = pending.history?.status === "sent";
    const silent = pending.history !== undefined && !asking;
    show(id("history"), model.pack(m) !== null && (history !== null || refused || silent || asking));
    const sentence =
      history === null && refused ? "This pack does not send its past sessions. They are in its own records."
      : history === null && silent ? "The pack has not sent its past sessions."
      : history === null ? "Asking the pack …"
      : history.length === 0 ? "None yet."
      : "";
    show(id("history-words"), sentence !== "", sentence);
    fill(id("sessions"), JSON.stringify(history), () => (history ?? []).map((session) => sessionRow(session, packNowS)));
  }

  function sessionRow(session, nowS) {
    const where = session.area ? words.capital(String(session.area)) : "Heat";
    const when = words.isNumber(session.started) ? words.moment(session.started, nowS) : "";
    const heated = words.isNumber(session.heated_s) ? words.span(session.heated_s) : "";
    const target = words.isNumber(session.target_c) ? ` at ${words.degrees(session.target_c)} °C` : "";
    const peak = words.isNumber(session.peak_c) ? `, peak ${words.degrees(session.peak_c)} °C` : "";
    const end = session.ended ? `, ${words.ending(session.ended)}` : "";
    return make(
      "li", {},
      make("span", { className: "where", textContent: where }),
      make("span", { className: "when", textContent: when }),
      make("span", { className: "what", textContent: `${heated}${target}${peak}${end}` }),
    );
  }

  // --- what must not be missed ----------------------------------------------------------------------------

  const NOT_REACHED = "Nothing can be sent to the pack now. To stop it, press its button or take it off.";

  function alertWords({ m, situation, fresh, startsInS, g }) {
    if (m.link.status === "lost" || m.link.status === "refused") {
      if (m.state === null) return m.link.reason || "No connection to the broker. Trying again.";
      const coming = g.step !== null && startsInS !== null ? "The countdown goes on in the pack. " : "";
      return `Connection lost. ${coming}${model.busy(m) ? NOT_REACHED : "What is shown is not live."}`;
    }
    if (situation === "offline") return model.busy(m) ? NOT_REACHED : "";
    if (m.link.status === "connected" && m.state !== null && !fresh) return `No news from the pack. ${NOT_REACHED}`;
    return m.link.reason;
  }

  function drawBar({ m, pending, answers, nowMs }) {
    const order = pending.stop;
    const answer = answers.stop;
    const recent = answer !== undefined && nowMs - answer.atMs < ANSWER_SHOWN_MS;
    let sentence = "";
    if (order?.status === "sent") sentence = "Stop not delivered yet …";
    else if (order !== undefined) sentence = "Stop not delivered. It goes out as soon as the pack can be reached. Take the pad off, or press the button on the pack.";
    else if (recent) sentence = words.sentence(answer.message);
    show(id("stop-words"), sentence !== "", sentence);
    id("bar").dataset.stop = order !== undefined ? "waiting" : recent ? "done" : "";
    id("bar").toggleAttribute("data-busy", model.busy(m));
  }

  const LINKS = { none: "Not connected", connecting: "Connecting", connected: "Connected", lost: "Not connected", refused: "Not connected" };

  function drawLink({ m, fresh }) {
    const status = m.link.status === "connected" && m.state !== null && !fresh ? "stale" : m.link.status;
    id("link").dataset.status = status;
    const offline = model.pack(m)?.online === false;
    text(id("link-words"), status === "stale" ? (offline ? "Pack offline" : "No news") : LINKS[m.link.status]);
    text(id("name"), model.info(m)?.name || m.chosen || "Heatpack");
  }

  function drawTitle({ m, situation }) {
    const s = m.state;
    const left = s !== null && model.heats(m) ? `${words.degrees(s.temperature_c)} °C, ${words.clock(s.session.remaining_s)} left` : "";
    document.title = left || (situation === "searching" ? "Heatpack" : `${words.phase(situation)} – Heatpack`);
  }

  // --- all of it --------------------------------------------------------------------------------------------

  function create() {
    buildAreas(id("areas"));
    const curve = chart.create(id("chart"));

    /** Draws everything from one consistent picture; see `phone.js` for its parts. */
    function render(v) {
      const focused = document.activeElement;
      document.body.dataset.situation = v.situation;
      document.body.toggleAttribute("data-stale", !v.fresh);
      drawLink(v);
      text(id("alerts"), alertWords(v));
      drawNow(v);
      drawGuide(v);
      drawForm({ ...v, shown: v.situation === "idle" && v.g.step === null });
      drawToday(v);
      drawHistory(v);
      drawBar(v);
      drawTitle(v);
      const draws = ["warming", "holding", "cooling", "resting", "fault"].includes(v.situation);
      if (draws) curve.draw({ curve: v.m.curve, cutoffC: model.info(v.m)?.limits?.cutoff_c ?? 44 });
      else show(id("chart"), false);
      if (focused !== document.activeElement || focused?.checkVisibility() === false) keepFocus();
    }

    /** What had the focus has gone: the keyboard goes on at the heading of what came in its place. */
    function keepFocus() {
      const now = document.activeElement;
      if (now !== null && now !== document.body && now.checkVisibility()) return;
      (id("guide").hidden ? id("phase") : id("guide-title")).focus();
    }

    return { render, wish };
  }

  return { create, id, show, text, make };
})();
