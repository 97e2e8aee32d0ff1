/**
 * Flow control and memory of one HTTP/2 session, both ends alike.
 * A stream's window holds what its reader has not taken yet; the session's window is given back as soon as bytes
 * arrive (Node does so), so a stalled reader holds back its own stream only.
 */
export const sessionLimits = {
  /** 1 MiB on the way at 50 ms round trip is 20 MB/s for one stream. */
  streamWindowBytes: 1024 * 1024,
  sessionWindowBytes: 16 * 1024 * 1024,
  /** Further requests wait in line; their deadline runs. */
  concurrentStreams: 128,
  headerBytes: 64 * 1024,
  /** MiB (the unit of Node's option). Every stream stalled at a full window, and some room. */
  sessionMemoryMiB: 160,
} as const;

/** Options of `http2.connect` and `http2.createServer` that hold the limits. */
export const sessionOptions = {
  maxSessionMemory: sessionLimits.sessionMemoryMiB,
  settings: {
    initialWindowSize: sessionLimits.streamWindowBytes,
    maxConcurrentStreams: sessionLimits.concurrentStreams,
    maxHeaderListSize: sessionLimits.headerBytes,
    enablePush: false,
  },
} as const;

/** The same between two replicas, where one connection carries the requests of many tunnels. */
export const hopSessionOptions = {
  ...sessionOptions,
  settings: { ...sessionOptions.settings, maxConcurrentStreams: 4_096 },
} as const;
