import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

/** Where `npm run dev` sends the API's requests: a platform on this machine. */
const platform = 'http://127.0.0.1:7340';

export default defineConfig({
  plugins: [react()],
  // Inlined files would be `data:` requests, which the platform's content security policy refuses.
  // One chunk is right for a page this small: 235 kB compressed, kept by browsers until the next release.
  build: { assetsInlineLimit: 0, target: 'es2023', chunkSizeWarningLimit: 1_000 },
  server: { proxy: { '/rest': platform } },
});
