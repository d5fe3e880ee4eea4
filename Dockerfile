# Debian 12 as on the machines that the tests run on, without what a service doesn't need. Node 22: the newest line that
# CI tests; package.json allows 20.19 and newer.
FROM node:22-bookworm-slim AS base
WORKDIR /app

FROM base AS build
COPY package.json package-lock.json .npmrc ./
# Nothing here needs a package's install script, so none gets to run.
RUN --mount=type=cache,target=/root/.npm npm ci --ignore-scripts
COPY nest-cli.json tsconfig.json tsconfig.build.json ./
COPY db db
COPY src src
RUN npm run build

FROM base AS dependencies
COPY package.json package-lock.json .npmrc ./
# The packages' source maps, two fifths of the size, are for whoever debugs them.
RUN --mount=type=cache,target=/root/.npm npm ci --omit=dev --ignore-scripts && find node_modules -name '*.map' -delete

FROM base
LABEL org.opencontainers.image.title="allotment" \
      org.opencontainers.image.licenses="Apache-2.0"
# The private MySQL is not for a container: with an empty DATABASE_URL a start says that it needs one.
ENV NODE_ENV=production HOST=0.0.0.0 LOG_FORMAT=json DATABASE_URL=""
COPY --from=dependencies /app/node_modules node_modules
# The migrations and the demo data are in dist/db, where the build puts them.
COPY --from=build /app/dist dist
COPY package.json ./
# `docker compose exec app allotment …`: npx would want a cache that it may write to.
COPY scripts/allotment.mjs scripts/allotment.mjs
RUN ln -s /app/scripts/allotment.mjs /usr/local/bin/allotment
# The image's user `node`, as a number: Kubernetes' runAsNonRoot can't look a name up. It owns none of the files.
USER 1000:1000
EXPOSE 8080
# Ready, not live: Docker's health says whether requests should come here, and when to start what depends on it. What
# restarts a container (Swarm, Kubernetes) should ask /health/live instead: a database that is away is no reason to.
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s --retries=3 \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.PORT || 8080}/health/ready`).then(({ ok }) => process.exit(ok ? 0 : 1), () => process.exit(1))"]
# No npm and no shell between Docker and the service: SIGTERM reaches it, and it finishes the requests in flight.
# Room for young objects: at V8's 16 MB what a batch of requests needs outlives its collections. And all objects begin as
# young ones: those that V8 takes for long-lived keep whole requests from being collected (docs/performance.md has both).
CMD ["node", "--max-semi-space-size=32", "--no-allocation-site-pretenuring", "dist/src/main.js"]
