/** What a player looks like: its shadow tree. */

const SNAPSHOT = "M4 8h3l2-2.5h6L17 8h3v11H4z M12 16.5a3 3 0 1 0 0-6 3 3 0 0 0 0 6z";
const FULL_SCREEN = "M4 9V4h5 M15 4h5v5 M20 15v5h-5 M9 20H4v-5";

const icon = (path) => `<svg viewBox="0 0 24 24" aria-hidden="true"><path d="${path}"/></svg>`;

export const TREE = `
  <div class="picture" part="picture" data-shows="nothing">
    <canvas class="still" role="img"></canvas>
    <p class="waiting">waiting for the first picture</p>
    <p class="mark" part="mark" role="status" hidden>
      <strong></strong><span class="colon">: </span><span class="reason"></span>
      <a class="login" hidden>log in</a>
    </p>
  </div>
  <div class="tools" part="tools">
    <span class="figures" part="figures"></span>
    <span class="badge" part="badge" title="way to play"></span>
    <select class="mode" aria-label="way to play" title="way to play">
      <option value="auto">auto</option>
      <option value="webcodecs">WebCodecs</option>
      <option value="mse">MSE</option>
      <option value="webrtc">WebRTC</option>
      <option value="mjpeg">MJPEG</option>
    </select>
    <a class="snapshot" download title="save a picture (s)" aria-label="save a picture">${icon(SNAPSHOT)}</a>
    <button class="full" title="full screen (f)" aria-label="full screen">${icon(FULL_SCREEN)}</button>
  </div>
`;

export const STYLE = `
  :host {
    display: block;
    position: relative;
    container-type: size;
    aspect-ratio: 16 / 9;
    overflow: hidden;
    background: #08090b;
    color: #e8eaee;
    font: 0.8125rem/1.4 system-ui, sans-serif;
  }
  :host([hidden]), [hidden] { display: none !important; }
  :host(:fullscreen), :host([expanded]) { aspect-ratio: auto; width: 100%; height: 100%; }
  :host([expanded]) { position: fixed; inset: 0; z-index: 10; }
  * { box-sizing: border-box; margin: 0; }
  .picture {
    --width: 16;
    --height: 9;
    position: absolute;
    inset: 0;
    margin: auto;
    width: min(100cqw, 100cqh * var(--width) / var(--height));
    aspect-ratio: var(--width) / var(--height);
    overflow: hidden;
  }
  .still, .playing { position: absolute; inset: 0; width: 100%; height: 100%; object-fit: fill; }
  .picture[data-shows="nothing"] .still { visibility: hidden; }
  .picture:not([data-shows="nothing"]) .waiting { visibility: hidden; }
  .stale :is(.still, .playing) { filter: grayscale(1) brightness(0.7); }
  .stale .waiting { visibility: hidden; }
  .waiting, .mark {
    position: absolute;
    inset-inline: 0;
    top: 50%;
    translate: 0 -50%;
    text-align: center;
  }
  .waiting { color: #979fad; }
  /* A gateway writes over the MJPEG picture of a lost camera: at most 37.4 % of its height in the
     middle (signal_lost.py). This lies over that. */
  .mark {
    display: flex;
    flex-direction: column;
    justify-content: center;
    align-items: center;
    gap: 0.2em;
    min-height: 38%;
    padding: 0.5rem 1rem;
    background: #131519;
    border-block: 1px solid #30353e;
    font-size: clamp(0.8125rem, 2.6cqw, 1.125rem);
    overflow-wrap: anywhere;
  }
  .mark strong { font-size: 1.4em; font-weight: 600; font-variant-numeric: tabular-nums; line-height: 1.2; }
  .lost .mark strong { color: #ffab78; }
  .reason { color: #b4bac4; }
  .mark a { color: inherit; }
  .colon { position: absolute; clip-path: inset(50%); }
  .tools > :is(.badge, .figures):empty { display: none; }
  .tools {
    color-scheme: dark;
    position: absolute;
    right: 0.5rem;
    bottom: 0.5rem;
    display: flex;
    align-items: center;
    gap: 0.35rem;
  }
  .tools > * {
    display: flex;
    align-items: center;
    min-height: 1.5rem;
    padding: 0 0.45rem;
    background: rgb(8 9 11 / 72%);
    border: 0;
    border-radius: 0.35rem;
    color: inherit;
    font: inherit;
    font-size: 0.75rem;
    font-variant-numeric: tabular-nums;
  }
  .tools > :is(button, a, select) { min-height: 2rem; cursor: pointer; }
  .tools > :is(button, a) { width: 2rem; padding: 0; justify-content: center; }
  .tools > :is(button, a, select):hover { background: rgb(40 44 52 / 90%); }
  .tools option { background: #14171c; }
  .tools :focus-visible { outline: 2px solid #4cc38a; outline-offset: 1px; }
  svg { width: 1.1rem; fill: none; stroke: currentcolor; stroke-width: 1.75; stroke-linecap: round; stroke-linejoin: round; }
  :host(:not([controls])) .tools > :not(.badge), :host([controls]) .tools > .badge { display: none; }
  @container (width < 32rem) { .tools > .figures { display: none; } }
  @container (width < 14rem) {
    .tools, .mark .reason { display: none; }
    .mark { font-size: 0.625rem; }
  }
  @media (prefers-reduced-motion: no-preference) { .still, .playing { transition: filter 0.25s; } }
`;
