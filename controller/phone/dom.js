// The few things that this page does with its elements. Every text goes in as text, never as markup: it came
// from a network.
"use strict";

const dom = (() => {
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

  return { id, text, show, make, fill };
})();
