import { constants, type ClientHttp2Stream } from 'node:http2';

/**
 * Tells the other end at once that an exchange is not wanted any more.
 * Not with the code CANCEL: Node may put that one off until another frame is sent.
 */
export function cancelStream(stream: ClientHttp2Stream): void {
  if (!stream.closed) stream.close(constants.NGHTTP2_INTERNAL_ERROR);
}
