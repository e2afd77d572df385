// The last 24 hours against their limits, and the last sessions.
"use strict";

const records = (() => {
  const { id, show, make, fill } = dom;
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
        return make("li", {}, make("span", {}, name), make("span", {}, says), bar);
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
      make("span", { className: "where" }, where),
      make("span", { className: "when" }, when),
      make("span", { className: "what" }, `${heated}${target}${peak}${end}`),
    );
  }

  return {
    draw(v) {
      drawToday(v);
      drawHistory(v);
    },
  };
})();
