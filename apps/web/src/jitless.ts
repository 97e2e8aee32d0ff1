import { config } from 'zod';

// Zod would compile its parsers with `new Function`, which the content security policy refuses. Must be set before
// any schema is made, so main.tsx imports this file first.
config({ jitless: true });
