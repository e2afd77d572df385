// One connection to the broker at a time. A lost one is thrown away with all that it still held, so that
// nothing that was typed while offline is ever sent later by the library. Knows nothing of packs.
"use strict";

const connection = (() => {
  const CONNECT_MS = 5000;
  const KEEPALIVE_S = 10;
  const WAITS_MS = [100, 500, 1000, 2000, 4000];
  /** A command that took longer than this is not what the finger wanted. Needs MQTT 5. */
  const EXPIRY_S = 10;
  /** Refusals of a login, in MQTT 3.1.1 and 5. */
  const BAD_LOGIN = new Set([4, 5, 134, 135]);

  /**
   * @param {{url: string, username?: string, password?: string, protocol?: number}} broker
   * @param {{status: (status: string, reason: string) => void,
   *          message: (topic: string, text: string, retained: boolean) => void,
   *          denied: () => void}} on
   */
  function open(broker, on) {
    let client = null;
    let timer = 0;
    let failures = 0;
    let protocol = broker.protocol ?? 5;
    let wanted = new Set();
    let ended = false;

    function dial() {
      clearTimeout(timer);
      let opened = false;
      let reached = false;
      let reason = "";
      const mine = mqtt.connect(broker.url, {
        protocolVersion: protocol,
        clean: true,
        clientId: `heatpack-phone-${randomId(8)}`,
        username: broker.username || undefined,
        password: broker.password || undefined,
        connectTimeout: CONNECT_MS,
        keepalive: KEEPALIVE_S,
        reconnectPeriod: 0, // this module dials again itself, with a new client
        resubscribe: false,
        queueQoSZero: false,
        timerVariant: "native", // the other one needs a worker made of a blob, which the page's policy forbids
        properties: protocol === 5 ? { sessionExpiryInterval: 0 } : undefined,
        createWebsocket(url, names) {
          const socket = new WebSocket(url, names);
          socket.addEventListener("open", () => (opened = true));
          return socket;
        },
      });
      client = mine;
      mine.on("connect", () => {
        if (mine !== client) return;
        reached = true;
        failures = 0;
        if (wanted.size > 0) subscribe([...wanted]);
        on.status("connected", "");
      });
      mine.on("message", (topic, payload, packet) => {
        if (mine === client) on.message(topic, new TextDecoder().decode(payload), packet.retain === true);
      });
      mine.on("error", (error) => {
        if (BAD_LOGIN.has(error.code)) reason = "login";
      });
      mine.on("close", () => {
        if (mine !== client) return;
        client = null;
        mine.end(true);
        if (ended) return;
        if (reason === "login") {
          ended = true;
          on.status("refused", "The broker does not accept this user name and password.");
          return;
        }
        on.status("lost", "");
        // A broker that speaks only the other version opens the door and hangs up without a word.
        if (opened && !reached) protocol = protocol === 5 ? 4 : 5;
        timer = setTimeout(dial, WAITS_MS[Math.min(failures, WAITS_MS.length - 1)]);
        failures += 1;
      });
    }

    function subscribe(topics) {
      client.subscribe(topics, { qos: 1 }, (error, granted) => {
        const refused = error?.code >= 128 || granted?.some(({ qos }) => qos >= 128);
        if (refused && client?.connected) {
          on.status("connected", "The broker does not let this user read everything that this page needs.");
        }
      });
    }

    function hurry() {
      if (client === null && !ended) dial();
    }

    /** The phone says that it has no network: believe it now instead of after the keepalive. */
    function dropped() {
      if (client !== null) client.stream?.destroy();
    }

    globalThis.addEventListener("online", hurry);
    globalThis.addEventListener("offline", dropped);
    document.addEventListener("visibilitychange", hurry);
    on.status("connecting", "");
    dial();

    return {
      /** Listen to these topics, now and after each new connection. */
      listen(topics) {
        const added = topics.filter((topic) => !wanted.has(topic));
        wanted = new Set([...wanted, ...topics]);
        if (client?.connected && added.length > 0) subscribe(added);
      },
      /** Send a message now, never retained, or not at all. Returns whether it went out. */
      send(topic, payload, { expires = true } = {}) {
        if (!client?.connected) return false;
        const properties = { contentType: "application/json" };
        if (expires) properties.messageExpiryInterval = EXPIRY_S;
        const options = { qos: 1, retain: false, properties: protocol === 5 ? properties : undefined };
        client.publish(topic, payload, options, (error) => {
          if (error?.code >= 128) on.denied();
        });
        return true;
      },
      version: () => (protocol === 5 ? "5" : "3.1.1"),
      close() {
        ended = true;
        clearTimeout(timer);
        globalThis.removeEventListener("online", hurry);
        globalThis.removeEventListener("offline", dropped);
        document.removeEventListener("visibilitychange", hurry);
        client?.end(true);
        client = null;
      },
    };
  }

  /** As many random bytes, in hexadecimal. `crypto.randomUUID` is missing on plain http. */
  function randomId(bytes) {
    const values = crypto.getRandomValues(new Uint8Array(bytes));
    return [...values].map((value) => value.toString(16).padStart(2, "0")).join("");
  }

  return { open, randomId };
})();
