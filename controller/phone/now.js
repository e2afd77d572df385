// What the pack does now: in words, as a dial, and as figures.
"use strict";

const now = (() => {
  const { id, text, show, make, fill } = dom;
  const NO_MINUTES_S = 600;

  function draw(v) {
    const { m, situation, pending, answers, g } = v;
    const shown = situation !== "waiting" && !(situation === "idle" && g.step !== null);
    show(id("now"), shown);
    if (!shown) return;
    const said = nowWords(v);
    text(id("phase"), said.title);
    text(id("phase-words"), said.words);
    drawDial(v);
    const fault = situation === "fault" ? m.state.fault : null;
    show(id("reset"), fault?.clearable === true);
    id("reset").disabled = m.link.status !== "connected" || pending.reset?.status === "sent";
    const notice = (fault && words.reset(pending.reset, answers.reset)) || noticeWords(m, situation);
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
          words: "Nothing can be sent to it until it is back at the broker. A session that runs ends by itself at its time.",
        };
      case "guard_lost":
        return {
          title: "Guard lost",
          words: "The part of the pack that owns the heater does not answer. Without it nothing heats.",
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
    if (m.link.status !== "connected") return "Connecting to the broker … Its address is under Connection.";
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

  function noticeWords(m, situation) {
    if (["offline", "guard_lost", "fault", "searching"].includes(situation)) return "";
    if (m.state.notice) return words.notice(m.state.notice);
    return m.warning === null ? "" : words.sentence(m.warning);
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
      [big, small] = [words.clock(restS), `until ${words.timeOfDay(s.ready_at)}`];
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
        make("div", {}, make("dt", {}, name), make("dd", {}, value)),
      ),
    );
  }

  return { draw };
})();
