// Codes, times and figures as a person says them. Pure: no page, no network.
"use strict";

const words = (() => {
  /** What keeps the heater off although nothing is locked, by `state.notice`. */
  const NOTICES = {
    too_warm: "The pad is warm enough: the heater pauses until it has cooled a little.",
    over_voltage: "The supply has too many volts for this pad: the heater is off. Unplug it.",
    battery_low: "The battery is low. It may end this session early.",
    dose_warning: "Half of this session's heat dose is used.",
    heating_failed: "The pad warms more slowly than it should. Is it plugged in, and on the skin?",
    adc_failed: "The sensors cannot be read at the moment: the heater is off.",
    sensor_open: "A sensor seems to be disconnected: the heater is off.",
    sensor_short: "A sensor seems to be shorted: the heater is off.",
    sensor_jump: "A sensor reading jumped: the heater is off until it is steady.",
    sensor_disagree: "The two sensors do not agree: the heater is off.",
    over_temperature: "The pad is too warm: the heater is off.",
  };

  const ENDS = {
    completed: "completed",
    stopped: "stopped",
    cancelled: "cancelled",
    interrupted: "interrupted",
    controller_lost: "ended: controller lost",
    guard_overrun: "ended: guard too slow",
    session_timeout: "ended at the time limit",
    dose_exceeded: "ended at the dose limit",
    over_temperature: "ended: too hot",
    over_voltage: "ended: too many volts",
    sensor_open: "ended: sensor disconnected",
    sensor_short: "ended: sensor shorted",
    sensor_jump: "ended: sensor jumping",
    sensor_frozen: "ended: sensor not answering",
    sensor_disagree: "ended: sensors disagree",
    heating_failed: "ended: the pad did not warm",
    thermal_runaway: "ended: warming by itself",
    heater_stuck_on: "ended: heater stuck on",
  };

  /** How a session was started, as `state.session.origin` has it. */
  const ORIGINS = {
    phone: "from a phone",
    post_session: "after release and stretch",
    button: "with the button on the pack",
    cli: "from a terminal",
  };

  const PHASES = {
    idle: "Ready",
    waiting: "Heat is coming",
    warming: "Warming up",
    holding: "Holding",
    cooling: "Cooling down",
    resting: "Resting",
    fault: "Locked",
  };

  const PRESS = "This pack wants to know that somebody is with it: press its button, then start here within two minutes.";

  const isNumber = (value) => typeof value === "number" && Number.isFinite(value);

  /** "6:07" */
  function clock(seconds) {
    const whole = Math.max(0, Math.round(seconds));
    return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")}`;
  }

  /** "45 seconds", "8 minutes" */
  function span(seconds) {
    const whole = Math.max(0, Math.round(seconds));
    if (whole < 100) return `${whole} second${whole === 1 ? "" : "s"}`;
    return minutes(seconds);
  }

  /** "8 minutes", "1 minute" */
  function minutes(seconds) {
    const whole = Math.max(0, Math.round(seconds / 60));
    return `${whole} minute${whole === 1 ? "" : "s"}`;
  }

  /** "39.8", or a dash that keeps its width */
  const degrees = (value) => (isNumber(value) ? value.toFixed(1) : "–");

  /** "0.31"; what is there but would round to nothing is "< 0.01" */
  function dose(value) {
    if (!isNumber(value)) return "–";
    return value > 0 && value < 0.005 ? "< 0.01" : value.toFixed(2);
  }

  /** "14:32", as this phone writes times */
  const timeOfDay = (unixS) =>
    new Date(unixS * 1000).toLocaleTimeString([], { hour: "numeric", minute: "2-digit" });

  /** "today 14:32", "yesterday 9:05" or "3 Mar 14:32" */
  function moment(unixS, nowS) {
    const day = (s) => new Date(s * 1000).toDateString();
    const time = timeOfDay(unixS);
    if (day(unixS) === day(nowS)) return `today ${time}`;
    if (day(unixS) === day(nowS - 86400)) return `yesterday ${time}`;
    return `${new Date(unixS * 1000).toLocaleDateString([], { day: "numeric", month: "short" })} ${time}`;
  }

  const spaced = (code) => String(code).replaceAll("_", " ");
  const capital = (text) => text.charAt(0).toUpperCase() + text.slice(1);
  const notice = (code) => NOTICES[code] ?? `${capital(spaced(code))}.`;
  const ending = (code) => ENDS[code] ?? spaced(code);
  const origin = (code) => ORIGINS[code] ?? spaced(code);
  const phase = (code) => PHASES[code] ?? capital(spaced(code));
  /** Sentences of the pack come without their full stop. */
  const sentence = (text) => (/[.!?]$/.test(text) ? text : `${text}.`);

  /** What became of a start: nothing to say while none was asked for, or once it heats. */
  function start(order, answer) {
    if (order?.status === "sent") return "Asking the pack …";
    if (order?.status === "not_sent") return "Not sent: there is no connection. Nothing was started.";
    if (order?.status === "silent") return "The pack has not answered. Should it heat after all, this page shows it.";
    return answer !== undefined && !answer.accepted ? `Not started. ${sentence(answer.message)}` : "";
  }

  function reset(order, answer) {
    if (order?.status === "sent") return "Asking the pack …";
    if (order !== undefined) return "The reset was not answered. Try again when the connection is back.";
    return answer !== undefined && !answer.accepted ? `Not reset. ${sentence(answer.message)}` : "";
  }

  /** A stop counts as delivered when the pack has said so, and not before. */
  function stop(order, answer) {
    if (order?.status === "sent") return "Stop not delivered yet …";
    if (order !== undefined) return "Stop not delivered. It goes out as soon as the pack can be reached.";
    return answer === undefined ? "" : sentence(answer.message);
  }

  return {
    isNumber, clock, span, minutes, degrees, dose, timeOfDay, moment,
    spaced, capital, notice, ending, origin, phase, sentence,
    start, reset, stop, PRESS,
  };
})();
