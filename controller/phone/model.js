// What this phone has been told, and what follows from it. Pure: time is an argument, nothing is drawn or sent.
"use strict";

const model = (() => {
  /** While something happens a state comes each second; after this many the picture is old. */
  const FRESH_MS = 5000;
  /** A retained state says what was; its clock counts only if it is about as late as ours. */
  const RETAINED_S = 90;

  /** A model that knows nothing. `link` is this phone's connection to the broker. */
  function create() {
    return {
      link: { status: "none", reason: "" }, // none, connecting, connected, lost, refused
      packs: new Map(), // id → { info, online }
      chosen: null, // the pack's id
      state: null,
      stateAtMs: 0, // when it came, on the clock of `nowMs`
      stateIsLive: false, // not one that the broker had kept
      linked: false, // a state has come since the connection was made
      warning: null, // the newest one of the running session, as a sentence
      curve: { session: null, startTs: 0, targetC: null, durationS: null, points: [] },
    };
  }

  const pack = (m) => (m.chosen === null ? null : (m.packs.get(m.chosen) ?? null));
  const info = (m) => pack(m)?.info ?? null;

  function packOf(m, id) {
    if (!m.packs.has(id)) m.packs.set(id, { info: null, online: null });
    return m.packs.get(id);
  }

  /** A connection was made: the first state that comes now may be an old one. */
  function link(m) {
    m.linked = false;
  }

  /** Take one message. `topic` is what follows the base topic: "<id>/<name>". Returns the name if it counted. */
  function hear(m, topic, text, retained, nowMs) {
    const [id, name, ...more] = topic.split("/");
    if (more.length > 0 || !id) return null;
    if (name === "availability") {
      packOf(m, id).online = text === "" ? null : text === "online";
      return name;
    }
    const message = parse(text);
    if (message === null || message.v !== 1) return null;
    if (name === "info") {
      packOf(m, id).info = message;
      return name;
    }
    if (id !== m.chosen) return null;
    if (name === "event" && message.kind === "warning" && heats(m)) m.warning = message.message;
    if (name !== "state") return name;
    if (typeof message.phase !== "string" || [message.session, message.today].includes(undefined)) return null;
    takeState(m, message, retained, nowMs);
    return name;
  }

  function parse(text) {
    try {
      const value = JSON.parse(text);
      return value !== null && typeof value === "object" && !Array.isArray(value) ? value : null;
    } catch {
      return null;
    }
  }

  function takeState(m, state, retained, nowMs) {
    if (state.session === null) m.warning = null;
    m.state = state;
    m.stateAtMs = nowMs;
    m.stateIsLive = !retained || m.linked; // some brokers leave the flag on what is passed on live
    m.linked = true;
    record(m.curve, state);
  }

  /** The curve of the running session; it goes on through the cooling and stays until the next one. */
  function record(curve, state) {
    const { session, ts, temperature_c: temperatureC } = state;
    if (session !== null) {
      if (session.id !== curve.session) {
        Object.assign(curve, { session: session.id, startTs: 0, points: [] });
      }
      curve.targetC = session.target_c;
      curve.durationS = session.duration_s;
      if (session.elapsed_s <= 0) return;
      curve.startTs = ts - session.elapsed_s;
    } else if (state.phase !== "cooling" && state.phase !== "fault") {
      return;
    }
    if (curve.session === null || curve.startTs === 0) return;
    const atS = ts - curve.startTs;
    const last = curve.points.at(-1);
    const within = atS <= (curve.durationS ?? 600) + 300;
    if (within && (last === undefined || atS > last[0])) curve.points.push([atS, temperatureC]);
  }

  /** Another pack, or none: what was known of the last one is not about it. */
  function choose(m, id) {
    if (m.chosen === id) return;
    const fresh = create();
    Object.assign(m, { chosen: id, state: null, stateIsLive: false, linked: false, warning: null, curve: fresh.curve });
  }

  /** The one pack that is meant when nobody chose: the only one there is, or the only one that is online. */
  function obvious(m) {
    const ids = [...m.packs.keys()].filter((id) => m.packs.get(id).online !== null || m.packs.get(id).info !== null);
    if (ids.length === 1) return ids[0];
    const online = ids.filter((id) => m.packs.get(id).online === true);
    return online.length === 1 ? online[0] : null;
  }

  /** The pack's clock, Unix seconds: the last live state's, carried on. */
  function packNowS(m, nowMs, phoneNowS) {
    if (m.state === null) return phoneNowS;
    if (m.stateIsLive) return m.state.ts + (nowMs - m.stateAtMs) / 1000;
    return Math.abs(phoneNowS - m.state.ts) < RETAINED_S ? phoneNowS : m.state.ts;
  }

  /** Seconds until the pack may heat again, or null. */
  function restLeftS(m, nowMs, phoneNowS) {
    if (!words.isNumber(m.state?.ready_at)) return null;
    return Math.max(0, m.state.ready_at - packNowS(m, nowMs, phoneNowS));
  }

  const heats = (m) => m.state !== null && m.state.session !== null;
  const counts = (m) => words.isNumber(m.state?.starts_in_s);
  const busy = (m) => heats(m) || counts(m);

  /** Whether what is shown is what is: connected, the pack is online, and it has spoken lately. */
  function isFresh(m, nowMs) {
    if (m.link.status !== "connected" || pack(m)?.online === false || m.state === null) return false;
    return !busy(m) || nowMs - m.stateAtMs < FRESH_MS;
  }

  /**
   * The one thing that this page is about now: nowhere, searching, offline, guard_lost, or the pack's phase.
   * A connection that was lost leaves it as it was; that is told beside it.
   */
  function situation(m) {
    if (m.chosen === null || m.state === null) {
      return m.link.status === "connected" && pack(m)?.online === false ? "offline" : "searching";
    }
    if (m.link.status === "connected" && pack(m)?.online === false) return "offline";
    if (m.state.guard === "lost") return "guard_lost";
    return m.state.phase;
  }

  /** Why a start makes no sense now, as a sentence, or null. The pack judges for itself; this spares the way. */
  function whyNoStart(m, nowMs, phoneNowS) {
    if (m.link.status !== "connected") return "Not connected: a start cannot be sent.";
    if (pack(m) === null || m.state === null) return "No pack has been found yet.";
    if (pack(m).online === false) return "The pack is offline.";
    if (m.state.guard === "lost") return "The pack's guard does not answer.";
    if (m.state.fault !== null) return "The pack is locked until somebody resets it.";
    if (heats(m)) return "A session is running.";
    if (counts(m)) return "Heat is on its way already.";
    const restS = restLeftS(m, nowMs, phoneNowS);
    if (restS !== null && restS > 0) return `The skin rests for another ${words.span(restS)}.`;
    return null;
  }

  /** Whether the pack takes a start only from somebody who has just pressed its button, and nobody has. */
  function wantsPress(m, nowMs, phoneNowS) {
    if (!info(m)?.capabilities?.includes("require_presence")) return false;
    return !(m.state?.present_until > packNowS(m, nowMs, phoneNowS));
  }

  /** The post-session countdown that the pack offers, or null: { topic, stretchS, windowS, targetC, durationS }. */
  function countdown(m) {
    const post = info(m)?.post_session;
    if (!info(m)?.capabilities?.includes("post_session") || !post?.topic) return null;
    return {
      topic: post.topic.replaceAll(/[+#]/g, "phone"),
      stretchS: post.stretch_s,
      windowS: post.cancel_window_s,
      targetC: post.target_c,
      durationS: post.duration_s,
    };
  }

  return {
    FRESH_MS, create, pack, info, link, hear, choose, obvious, packNowS, restLeftS,
    heats, counts, busy, isFresh, situation, whyNoStart, wantsPress, countdown,
  };
})();
