// Puts the parts together: messages go into the model, taps become orders, and both are drawn.
"use strict";

(() => {
  const BEAT_MS = 250;
  const SETTLE_MS = 700;
  const HISTORY = 10;
  const { id, show, text, make } = dom;

  const m = model.create();
  const page = view.create();
  const nowMs = () => performance.now();
  const phoneNowS = () => Date.now() / 1000;
  let place = broker.recall();
  let link = null;
  let connectedMs = 0;
  let history = null;
  let askedHistory = false;
  let due = false;

  const topic = (name) => `${place.base}/${m.chosen}/${name}`;
  const tell = (payload, options) => m.chosen !== null && link.send(topic("command"), JSON.stringify(payload), options);
  const asks = orders.create(tell, changed, { nowMs, phoneNowS });
  const guided = guide.create({
    trigger(event, sessionId) {
      const payload = sessionId === null ? { event } : { event, session_id: sessionId };
      const countdown = model.countdown(m);
      return countdown !== null && link.send(countdown.topic, JSON.stringify(payload));
    },
    stop: () => asks.stop(),
    changed,
    countdown: () => model.countdown(m),
    nowMs,
  });

  // --- drawing ----------------------------------------------------------------------------------------

  function changed() {
    if (due) return;
    due = true;
    queueMicrotask(draw);
  }

  function startsInS() {
    if (!model.counts(m)) return null;
    const passedS = m.stateIsLive ? (nowMs() - m.stateAtMs) / 1000 : 0;
    return Math.max(0, m.state.starts_in_s - passedS);
  }

  function draw() {
    due = false;
    const now = nowMs();
    page.render({
      m,
      g: guided.g,
      history,
      nowMs: now,
      pending: asks.pending,
      answers: asks.answers,
      situation: model.situation(m),
      fresh: model.isFresh(m, now),
      connected: m.link.status === "connected",
      restS: model.restLeftS(m, now, phoneNowS()),
      packNowS: model.packNowS(m, now, phoneNowS()),
      whyNot: model.whyNoStart(m, now, phoneNowS()),
      wantsPress: model.wantsPress(m, now, phoneNowS()),
      countdown: model.countdown(m),
      startsInS: startsInS(),
      ownLeftS: guided.leftS(),
    });
  }

  function beat() {
    asks.tick();
    moveGuide();
    if (m.chosen === null && m.link.status === "connected" && nowMs() - connectedMs > SETTLE_MS) choosePack(model.obvious(m));
    askHistory();
    changed();
  }

  function moveGuide() {
    guided.tick({
      phase: m.state?.phase ?? null,
      startsInS: m.state?.starts_in_s ?? null,
      heats: model.heats(m),
      fresh: model.isFresh(m, nowMs()),
    });
  }

  // --- the connection -----------------------------------------------------------------------------------

  function connect() {
    link?.close();
    asks.lost();
    m.packs.clear();
    model.choose(m, null);
    history = null;
    askedHistory = false;
    link = connection.open(place, { status: onStatus, message: onMessage, denied: onDenied });
    link.listen([`${place.base}/+/availability`, `${place.base}/+/info`]);
    if (place.device !== null) choosePack(place.device);
  }

  function choosePack(pack) {
    if (pack === null || pack === m.chosen) return;
    model.choose(m, pack);
    history = null;
    askedHistory = false;
    link.listen(["state", "result", "event"].map(topic));
    changed();
  }

  function onStatus(status, reason) {
    const before = m.link.status;
    m.link = { status, reason };
    if (status === "connected" && before !== "connected") {
      connectedMs = nowMs();
      model.link(m);
      if (m.chosen !== null) asks.reachable();
    } else if (status !== "connected" && before === "connected") {
      asks.lost();
      askedHistory = false;
    }
    if (status === "refused") openBroker(reason);
    changed();
  }

  function onMessage(path, payload, retained) {
    const wasOnline = model.pack(m)?.online;
    const wasHeating = model.heats(m);
    const name = model.hear(m, path.slice(place.base.length + 1), payload, retained, nowMs());
    if (name === "availability" && wasOnline === false && model.pack(m)?.online) asks.reachable();
    if (name === "state") {
      if (wasHeating && !model.heats(m)) askedHistory = false;
      moveGuide();
    }
    if (name === "result") onResult(JSON.parse(payload));
    if (name === "event") onEvent(JSON.parse(payload));
    changed();
  }

  function onResult(result) {
    const action = asks.hear(result);
    if (action === "history" && result.accepted && Array.isArray(result.sessions)) {
      history = result.sessions.filter((session) => session !== null && typeof session === "object").slice(0, HISTORY);
    }
  }

  function onEvent(event) {
    guided.hear(event);
    if (event.kind === "session_ended") askedHistory = false;
  }

  function onDenied() {
    m.link = { ...m.link, reason: "The broker does not let this user send commands." };
    changed();
  }

  /** Asked once for each connection and after each session. A pack that refused is not asked again. */
  function askHistory() {
    if (askedHistory || asks.pending.history || m.link.status !== "connected") return;
    if (model.pack(m)?.online !== true || m.state === null || asks.answers.history?.accepted === false) return;
    askedHistory = true;
    asks.history(HISTORY);
  }

  // --- the finger -----------------------------------------------------------------------------------------

  /** The first heat waits until the warnings were read; after that it takes another tap. */
  function warnedOr(go) {
    if (broker.warned()) go();
    else openWarnings();
  }

  function openWarnings() {
    show(id("understood"), !broker.warned());
    show(id("close-warnings"), true);
    id("warnings").showModal();
    id("warnings-title").focus();
  }

  function openBroker(words = "") {
    text(id("broker-words"), words);
    show(id("broker-words"), words !== "");
    id("broker-url").value = place.url;
    id("broker-user").value = place.username ?? "";
    id("broker-password").value = place.password ?? "";
    id("broker-base").value = place.base;
    const packs = [...m.packs].map(([pack, { info }]) => make("option", { value: pack }, info?.name ? `${info.name} (${pack})` : pack));
    id("pack").replaceChildren(make("option", { value: "" }, "The only one there is"), ...packs);
    id("pack").value = m.chosen ?? "";
    if (!id("broker").open) id("broker").showModal();
    id("broker-title").focus();
  }

  function takeBroker(event) {
    event.preventDefault();
    const url = broker.address(id("broker-url").value.trim());
    if (url === null) {
      text(id("broker-words"), "The broker's address looks like ws://192.168.1.20:9001 or wss://pack.local:8884.");
      show(id("broker-words"), true);
      id("broker-url").focus();
      return;
    }
    place = {
      ...place,
      url,
      base: id("broker-base").value.trim() || "heatpack",
      device: id("pack").value || null,
      username: id("broker-user").value,
      password: id("broker-password").value,
    };
    broker.remember(place);
    id("broker").close();
    connect();
  }

  id("start").addEventListener("submit", (event) => {
    event.preventDefault();
    warnedOr(() => asks.start(form.wish()));
  });
  id("start").addEventListener("input", changed);
  id("stop").addEventListener("click", () => asks.stop());
  id("reset").addEventListener("click", () => asks.reset());
  id("open-guide").addEventListener("click", () => warnedOr(() => guided.begin()));
  id("guide-next").addEventListener("click", () => {
    if (guided.g.step === "press") guided.released();
    else if (guided.g.step === "own_heat") asks.start(form.wish());
    else guided.stretched();
  });
  id("guide-cancel").addEventListener("click", () => guided.cancel());
  id("open-warnings").addEventListener("click", openWarnings);
  id("close-warnings").addEventListener("click", () => id("warnings").close());
  id("understood").addEventListener("click", () => {
    broker.setWarned();
    id("warnings").close();
  });
  id("open-broker").addEventListener("click", () => openBroker(m.link.reason));
  id("close-broker").addEventListener("click", () => id("broker").close());
  id("broker-form").addEventListener("submit", takeBroker);

  setInterval(beat, BEAT_MS);
  document.addEventListener("visibilitychange", changed);
  connect();
})();
