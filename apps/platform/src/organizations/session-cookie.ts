import type { FastifyReply } from 'fastify';
import { sessionCookie } from './authenticate.ts';

/** Makes the function that gives a browser its session, for `maxAge` seconds; 0 takes it away. */
export function sessionCookieSetter(
  publicUrl: string,
): (reply: FastifyReply, value: string, maxAge: number) => FastifyReply {
  return (reply, value, maxAge) =>
    reply.setCookie(sessionCookie, value, {
      path: '/',
      httpOnly: true,
      sameSite: 'strict',
      secure: publicUrl.startsWith('https:'),
      maxAge,
    });
}
