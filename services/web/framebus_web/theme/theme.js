/**
 * The theme: "auto" (as the system has it), "light" or "dark", remembered by the browser.
 *
 * A plain script for the head of a page. Each `<button data-theme-switch>` goes on to the next.
 */
(() => {
  const THEMES = ["auto", "light", "dark"];
  const KEY = "framebus-theme";
  const root = document.documentElement;

  function remembered() {
    try {
      const theme = localStorage.getItem(KEY);
      return THEMES.includes(theme) ? theme : "auto";
    } catch {
      return "auto"; // a browser may refuse storage to a page
    }
  }

  function remember(theme) {
    try {
      localStorage.setItem(KEY, theme);
    } catch {
      // then it holds until the page is left
    }
  }

  function apply(theme) {
    root.dataset.theme = theme;
    for (const button of document.querySelectorAll("[data-theme-switch]")) {
      button.title = button.ariaLabel = `theme: ${theme}`;
    }
  }

  apply(remembered());
  addEventListener("storage", () => apply(remembered())); // another window chose
  addEventListener("DOMContentLoaded", () => apply(root.dataset.theme));
  addEventListener("click", (event) => {
    if (!event.target.closest?.("[data-theme-switch]")) return;
    const theme = THEMES[(THEMES.indexOf(root.dataset.theme) + 1) % THEMES.length];
    remember(theme);
    apply(theme);
  });
})();
