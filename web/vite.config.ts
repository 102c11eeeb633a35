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
          groups: [
            // What every page needs is two files; the one of dependencies changes only when one of them does.
            { name: 'base', tags: ['$initial'], test: /node_modules/, priority: 2 },
            { name: 'start', tags: ['$initial'], priority: 2 },
            // What pages share comes in a few files and not in one for each module.
            {
              name: 'widgets',
              test: /node_modules\/(@base-ui|@floating-ui|lucide-react)\//,
              minShareCount: 4,
              priority: 1,
            },
            {
              name: 'parts',
              test: /src\/(ui\/(?!Chart|DataTable).*|.*\.ts)$/,
              minShareCount: 4,
              priority: 1,
            },
            { name: 'table', test: /(table-core|react-table|virtual-core|react-virtual|ui\/DataTable)/ },
            { name: 'chart', test: /uplot|ui\/Chart/ },
          ],
        },
      },
    },
  },
});
