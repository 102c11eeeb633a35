import tailwindcss from '@tailwindcss/vite';
import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';
import { blockFirstPaint } from './dev/first-paint.ts';
import { messages } from './dev/messages.ts';
import { contentSecurityPolicy, operatorSession, proxy } from './dev/server.ts';

export default defineConfig({
  plugins: [messages(), react(), tailwindcss(), operatorSession(), blockFirstPaint()],
  server: { proxy: proxy() },
  preview: { proxy: proxy(), headers: { 'Content-Security-Policy': contentSecurityPolicy } },
  build: {
    assetsInlineLimit: 0,
    sourcemap: false,
    target: 'es2022',
    modulePreload: { polyfill: false },
    rolldownOptions: {
      output: {
        codeSplitting: {
          // What every page needs is one file, which changes only when a dependency does.
          groups: [
            {
              name: 'base',
              test: /node_modules\/(react|react-dom|scheduler|use-sync-external-store|@tanstack\/(react-router|router-core|history|react-store|store|react-query|query-core)|intl-messageformat|@formatjs\/[a-z-]+)\//,
            },
          ],
        },
      },
    },
  },
});
