import type { Plugin } from 'vite';

/** Holds the first paint back until the entry has set the theme, so that a dark page never flashes white. */
export function blockFirstPaint(): Plugin {
  return {
    name: 'block-first-paint',
    apply: 'build',
    transformIndexHtml: {
      order: 'post',
      handler: (html) => html.replace('<script type="module"', '<script type="module" blocking="render"'),
    },
  };
}
