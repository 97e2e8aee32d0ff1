import { tunnelPath } from '@plimsoll/contracts';

// A tunnel where no WebSocket gets through. Its bytes are the same, HTTP/2 frames; each request carries the token.
//
//   POST   /broker/tunnel/polling                      opens a link: 201 {"link": id}
//   GET    /broker/tunnel/polling/{id}?offset=N        bytes from the platform, from N on; waits until there are any
//   POST   /broker/tunnel/polling/{id}?offset=N        bytes to the platform; 204 when it has taken them
//   DELETE /broker/tunnel/polling/{id}                 the client closes it
//
// An offset says how many bytes went that way before, so that a request that failed can be made again without loss
// and without anything twice. The offset of a GET acknowledges what came before it. 410: the link is closed.

/** Where links are opened. */
export const pollingPath = `${tunnelPath}/polling`;

/** Most bytes in one request or answer. nginx passes on 1 MiB unless told, and others commonly as much. */
export const maxPollBytes = 512 * 1024;

/** How long the platform keeps a poll that it has nothing for. Proxies commonly wait 60 s for an answer. */
export const holdPollMs = 20_000;

/** A link whose client did not ask for so many times as long is gone. */
export const missedPolls = 2;

/** How long an end that closes waits until the other one has everything, milliseconds. */
export const deliverMs = 2_000;
