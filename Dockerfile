# One recipe for each service: docker build --build-arg SERVICE=service1 .

# What packages are wanted changes seldom: alone in a stage, it lets Docker keep those that are installed.
FROM node:24-slim AS manifests
WORKDIR /clone
COPY . .
RUN mkdir /manifests && cp --parents package.json package-lock.json service*/package.json /manifests

FROM node:24-slim AS packages
WORKDIR /motorpool
COPY --from=manifests /manifests .
ARG SERVICE
# Only what this service needs at run time; nothing that a package would run at its installation.
RUN npm ci --omit=dev --ignore-scripts --no-audit --no-fund --workspace=@motorpool/service --workspace=@motorpool/$SERVICE

# A clone may hide its files from others than its owner; in the image all may read them.
FROM node:24-slim AS sources
ARG SERVICE
WORKDIR /motorpool
COPY package.json ./
COPY service service
COPY db/schema.sql db/people.csv db/
COPY $SERVICE $SERVICE
RUN chmod --recursive u=rwX,go=rX .

FROM node:24-slim
ARG SERVICE
WORKDIR /motorpool/$SERVICE
COPY --from=packages /motorpool/node_modules ../node_modules
COPY --from=sources /motorpool ..
# Starts it once, which also refuses a list of people or another data file that is wrong, and says which line it is. What
# Node.js compiles at a start is kept: each new task then needs a third less CPU for it.
ENV NODE_COMPILE_CACHE=/motorpool/compile-cache
RUN install --directory --owner=node $NODE_COMPILE_CACHE
USER node
RUN ["timeout", "60", "bash", "-c", "DRAIN_MS=0 DB_FILE=:memory: node server.ts & \
      until bash healthy.sh 2>/dev/null; do sleep 0.1; kill -0 $! 2>/dev/null || exit 1; done; kill $! && wait $!"]
ARG VERSION=dev
ARG REVISION=unknown
ENV NODE_ENV=production VERSION=$VERSION REVISION=$REVISION
LABEL org.opencontainers.image.title="motorpool/$SERVICE" \
      org.opencontainers.image.version="$VERSION" \
      org.opencontainers.image.revision="$REVISION"
HEALTHCHECK --interval=10s --timeout=3s --start-period=8s --start-interval=1s --retries=2 CMD ["bash", "healthy.sh"]
CMD ["node", "server.ts"]
