// Which broker, which topic, which pack: from the address bar, from what was used last, or from this page's own host.
// The password lives in this tab only, and belongs to the broker that it was typed for.
"use strict";

const broker = (() => {
  const PLACE = "heatpack.broker";
  const LOGIN = "heatpack.login";
  const VERSIONS = { 5: 5, "3.1.1": 4 };

  function read(store, key) {
    try {
      return JSON.parse(store().getItem(key)) ?? {};
    } catch {
      return {}; // storage may be forbidden, or hold something else
    }
  }

  function write(store, key, value) {
    try {
      store().setItem(key, JSON.stringify(value));
    } catch {
      // then it is asked for again next time
    }
  }

  const local = () => localStorage;
  const tab = () => sessionStorage;

  /** This page's own host: mosquitto serves page and WebSocket on one port. */
  function own() {
    return `${location.protocol === "https:" ? "wss" : "ws"}://${location.host || "localhost"}/mqtt`;
  }

  /** An address as the browser takes it, or null. */
  function address(text) {
    try {
      const url = new URL(text.includes("://") ? text : `ws://${text}`);
      return ["ws:", "wss:"].includes(url.protocol) && url.hostname ? url.href : null;
    } catch {
      return null;
    }
  }

  /** @returns {{url: string, base: string, device: string | null, protocol: number, username?: string, password?: string}} */
  function recall() {
    const asked = new URLSearchParams(location.search);
    const last = read(local, PLACE);
    const url = address(asked.get("broker") ?? "") ?? address(last.url ?? "") ?? own();
    const login = read(tab, LOGIN);
    return {
      url,
      base: asked.get("base") ?? last.base ?? "heatpack",
      device: asked.get("device") ?? last.device ?? null,
      protocol: VERSIONS[asked.get("mqtt") ?? "5"] ?? 5,
      ...(login.url === url ? { username: login.username, password: login.password } : {}),
    };
  }

  function remember({ url, base, device, username, password }) {
    write(local, PLACE, { url: url === own() ? undefined : url, base, device });
    write(tab, LOGIN, username ? { url, username, password } : {});
  }

  const WARNED = "heatpack.warnings-read";
  const warned = () => read(local, WARNED).version === 1;
  const setWarned = () => write(local, WARNED, { version: 1 });

  return { recall, remember, address, warned, setWarned };
})();
