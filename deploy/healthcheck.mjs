// HEALTHCHECK of the container images: asks the part itself, on the port that its environment names.
const { SNYK_PORT, PORT } = process.env;
const answer = await fetch(`http://127.0.0.1:${SNYK_PORT || PORT}/healthcheck`, {
  signal: AbortSignal.timeout(4_000),
}).catch(() => undefined);
process.exit(answer?.ok ? 0 : 1);
