// What this phone asks of the pack, and what became of it. Each order has an id of its own and the time of the tap.
// A start is sent at once or never. A stop is sent again and again until it is answered.
"use strict";

const orders = (() => {
  const ANSWER_MS = 10_000;
  const STOP_AGAIN_MS = 2000;
  /** What became of a start or a reset is of interest for so long. */
  const NEWS_MS = 120_000;

  /**
   * @param {(payload: object, options: {expires: boolean}) => boolean} send to the pack's command topic
   * @param {() => void} changed something to show is different
   * @param {{nowMs: () => number, phoneNowS: () => number}} clock
   */
  function create(send, changed, clock) {
    /** By action: { id, atMs, status: "sent" | "silent" | "not_sent", sends }. Gone when answered. */
    const pending = {};
    /** By action: the last answer to an order of this phone. */
    const answers = {};

    function order(action, wish = {}) {
      const issuedAt = Math.round(clock.phoneNowS() * 1000) / 1000;
      const payload = { action, ...wish, id: connection.randomId(16), issued_at: issuedAt };
      const sent = send(payload, { expires: action !== "stop" });
      delete answers[action];
      pending[action] = { id: payload.id, payload, atMs: clock.nowMs(), sentMs: clock.nowMs(), status: sent ? "sent" : "not_sent" };
      return sent;
    }

    /** Ask for heat: { target_c, duration_s, area? }. Offline nothing is kept for later. */
    function start(wish) {
      if (pending.start?.status === "sent") return; // one finger, two taps
      delete answers.stop;
      order("start", wish);
      changed();
    }

    function reset() {
      order("reset");
      changed();
    }

    /** Ask for the last sessions. A pack that does not know this says so, and nobody minds. */
    function history(count) {
      if (!order("history", { count })) delete pending.history;
      changed();
    }

    /** Stop, whatever else is going on. A stop that already waits for its answer is sent anew under its own id. */
    function stop() {
      delete pending.start;
      delete answers.start;
      if (pending.stop) again();
      else order("stop");
      changed();
    }

    function again() {
      const mine = pending.stop;
      mine.sentMs = clock.nowMs();
      mine.status = send(mine.payload, { expires: false }) ? "sent" : "not_sent";
    }

    /** An answer arrived on `result`. Those to other phones are theirs. Returns the action, or null. */
    function hear(result) {
      const action = Object.keys(pending).find((name) => pending[name].id === result.id);
      if (action === undefined) return null;
      if (action === "stop" && !result.accepted) return null; // then it has not stopped
      delete pending[action];
      answers[action] = { ...result, atMs: clock.nowMs() };
      changed();
      return action;
    }

    /** The connection is gone, so answers are too. What was on its way may have arrived; nothing of it is sent again. */
    function lost() {
      for (const [action, mine] of Object.entries(pending)) {
        if (mine.status === "sent") mine.status = action === "stop" ? "not_sent" : "silent";
      }
      delete pending.history;
      changed();
    }

    /** The pack can be reached (again): a stop that nobody answered goes first. */
    function reachable() {
      if (pending.stop) again();
      changed();
    }

    /** Let time pass; call it often, and draw then. */
    function tick() {
      for (const [action, mine] of Object.entries(pending)) {
        if (action === "stop") {
          if (clock.nowMs() - mine.sentMs >= STOP_AGAIN_MS) again();
        } else if (mine.status === "sent" && clock.nowMs() - mine.atMs >= ANSWER_MS) {
          mine.status = "silent";
        } else if (mine.status !== "sent" && clock.nowMs() - mine.atMs >= NEWS_MS) {
          delete pending[action];
        }
      }
      for (const action of ["start", "reset"]) {
        if (clock.nowMs() - answers[action]?.atMs >= NEWS_MS) delete answers[action];
      }
    }

    return { pending, answers, start, stop, reset, history, hear, lost, reachable, tick };
  }

  return { create };
})();
