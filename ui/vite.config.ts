import { svelte } from '@sveltejs/vite-plugin-svelte';
import { svelteTesting } from '@testing-library/svelte/vite';
import { defineConfig } from 'vitest/config';

// `fake` is the same app on an in-memory client, for tests and for work in a plain browser. Production builds
// must not carry it: `__FAKE__` is a constant, so the import behind it is dropped.
export default defineConfig(({ command, mode }) => ({
  plugins: [svelte(), svelteTesting()],
  define: { __FAKE__: JSON.stringify(mode !== 'production' && (command === 'serve' || mode === 'fake')) },
  // The window's CSP allows no data: address, so nothing may be inlined as one.
  build: { assetsInlineLimit: 0, target: ['safari17', 'chrome120'], reportCompressedSize: false },
  server: { host: '127.0.0.1', port: 5173, strictPort: true },
  test: {
    environment: 'jsdom',
    include: ['src/**/*.test.ts', 'tests/unit/**/*.test.ts'],
    setupFiles: ['tests/unit/setup.ts'],
    restoreMocks: true,
  },
}));
